import copy
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmpose.structures import PoseDataSample

from benchmarks.quality.facts import person_facts
from benchmarks.quality.scores import Facts, PersonScores, unpack
from tests.evaluation_inputs import student_test_config
from unipose.datasets.synthetic import generate_coco, generate_mpii
from unipose.evaluation.evaluate import Evaluation, evaluate_ground_truth
from unipose.evaluation.ground_truth import predict_ground_truth

ANNOTATIONS = 'coco/annotations/person_keypoints_val2017.json'


def noisy_predictions(fixed_score: bool) -> Callable[[PoseDataSample], PoseDataSample]:
    """Errors that depend on the person alone, so that a copy of an image is predicted alike.

    A quarter of the people are predicted where the one before in the same image is: duplicates to suppress, and crowds
    to match. Everything is rounded as an evaluation's records are.
    """
    before: list[PoseDataSample] = []

    def predict(sample: PoseDataSample) -> PoseDataSample:
        truth = sample.gt_instances
        rng = np.random.default_rng(int(1000 * truth.keypoints.sum()))
        side = np.sqrt(np.prod(truth.bboxes[0, 2:] - truth.bboxes[0, :2]))
        error = side * rng.lognormal(-3.9, 0.8)
        predicted = predict_ground_truth(sample)
        keypoints = truth.keypoints + rng.normal(0, error, truth.keypoints.shape)
        if before and before[0].img_id == sample.img_id and rng.random() < 0.4:
            keypoints = before[0].pred_instances.keypoints + rng.normal(0, rng.choice([0.5, 4]), truth.keypoints.shape)
        predicted.pred_instances.keypoints = keypoints.astype(float).round(3)
        scores = 1 - 3 * error / side + rng.normal(0, 0.2, truth.keypoints.shape[:2])
        scores = np.ones_like(scores) if fixed_score else scores.clip(0, 1).round(4)
        predicted.pred_instances.keypoint_scores = scores
        before[:] = [predicted]
        return predicted

    return predict


@pytest.fixture(scope='module')
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images with several people, of whom some are a crowd or have no keypoints."""
    root = tmp_path_factory.mktemp('people')
    generate_coco(root / 'coco', {'val2017': 30}, seed=1)
    generate_mpii(root / 'mpii', {'val': 20}, seed=2)
    content = json.loads((root / ANNOTATIONS).read_text())
    for number, person in enumerate(list(content['annotations'])):
        if number % 6 == 0:
            crowd = dict(copy.deepcopy(person), id=person['id'] + 5, iscrowd=1)
            content['annotations'].append(crowd)
        if number % 9 == 4:
            person.update(keypoints=[0] * 51, num_keypoints=0)
    (root / ANNOTATIONS).write_text(json.dumps(content))
    return root


def evaluate(config: Config, fixed_score: bool = False) -> Evaluation:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('unipose.evaluation.evaluate.predict_ground_truth', noisy_predictions(fixed_score))
        return evaluate_ground_truth(config)


@pytest.fixture(scope='module')
def config(data: Path) -> Config:
    return student_test_config(data)


@pytest.fixture(scope='module')
def evaluation(config: Config) -> Evaluation:
    return evaluate(config)


@pytest.fixture(scope='module')
def facts(evaluation: Evaluation, config: Config) -> Facts:
    return person_facts(evaluation, config)


def test_the_metrics_own_numbers(data: Path, evaluation: Evaluation, facts: Facts) -> None:
    scores = PersonScores(json.loads(json.dumps(facts)))
    columns = scores.columns()
    metrics = evaluation.metrics
    assert 0.2 < metrics['coco/AP'] < 0.8
    assert 30 < metrics['mpii/PCKh@0.1'] < metrics['mpii/PCKh@0.5'] < 99
    assert columns['coco_ap'] == pytest.approx(metrics['coco/AP'], abs=1e-9)
    assert columns['coco_ap75'] == pytest.approx(metrics['coco/AP75'], abs=1e-9)
    by_threshold = scores.average_precision(np.ones((1, 30), dtype=int))[0]
    assert by_threshold[0] == pytest.approx(metrics['coco/AP50'], abs=1e-9)
    assert columns['mpii_pckh'] == pytest.approx(metrics['mpii/PCKh@0.5'], abs=1e-9)
    assert columns['mpii_pckh01'] == pytest.approx(metrics['mpii/PCKh@0.1'], abs=1e-9)

    # the hard cases did occur: suppressed duplicates, and detections that match what is not to be found
    judged = unpack(facts['coco']['hits']) | unpack(facts['coco']['misses'])
    assert (judged == 0).any()
    assert ((judged > 0) & (judged < 1023)).any()
    annotations = json.loads((data / ANNOTATIONS).read_text())['annotations']
    count = sum(one['num_keypoints'] > 0 and not one['iscrowd'] for one in annotations)
    assert unpack(facts['coco']['annotated']).sum() == count
    assert len(judged) == evaluation.protocol['num_samples']['coco']


def test_a_fixed_score_is_the_metric_with_all_scores_one(config: Config, facts: Facts) -> None:
    evaluation = evaluate(config, fixed_score=True)
    same = person_facts(evaluation, config)
    assert (facts['coco']['fixed_hits'], facts['coco']['fixed_misses']) == (
        same['coco']['hits'],
        same['coco']['misses'],
    )
    assert facts['coco']['hits'] != same['coco']['hits']
    assert PersonScores(same).columns()['coco_ap'] == pytest.approx(evaluation.metrics['coco/AP'], abs=1e-9)
    # COCOeval takes them by image, which is no worse than the worst order, and about the same
    difference = evaluation.metrics['coco/AP'] - PersonScores(facts).columns()['coco_ap_fixed']
    assert 0 <= difference < 0.1


def test_an_image_twice_is_an_image_of_weight_two(data: Path, facts: Facts, tmp_path: Path) -> None:
    once = PersonScores(facts)
    content = json.loads((data / ANNOTATIONS).read_text())
    chosen = [image['id'] for image in content['images'][::3]]
    content['images'] += [dict(one, id=one['id'] + 1000) for one in content['images'] if one['id'] in chosen]
    content['annotations'] += [
        dict(one, id=one['id'] + 10_000, image_id=one['image_id'] + 1000)
        for one in content['annotations']
        if one['image_id'] in chosen
    ]
    twice_file = tmp_path / 'twice.json'
    twice_file.write_text(json.dumps(content))
    config = student_test_config(data)
    config.test_dataloader.dataset.sources.coco.dataset.ann_file = str(twice_file)
    config.test_evaluator.metrics.coco.ann_file = str(twice_file)
    evaluation = evaluate(config)
    weights = {source: np.ones((1, len(images)), dtype=int) for source, images in once.images.items()}
    weights['coco'][0] += np.isin(once.images['coco'], chosen)
    weighted = once.weighted_columns(weights)
    assert weighted['coco_ap'][0] == pytest.approx(evaluation.metrics['coco/AP'], abs=1e-9)
    assert weighted['coco_ap75'][0] == pytest.approx(evaluation.metrics['coco/AP75'], abs=1e-9)
    assert weighted['coco_ap'][0] != once.columns()['coco_ap']
    twice = PersonScores(person_facts(evaluation, config)).columns()
    assert weighted['coco_ap_fixed'][0] == pytest.approx(twice['coco_ap_fixed'], abs=1e-9)


def test_one_source_alone(evaluation: Evaluation, config: Config) -> None:
    only = [record for record in evaluation.predictions if record['source'] == 'mpii']
    facts = person_facts(dataclasses.replace(evaluation, predictions=only), config)
    assert set(PersonScores(facts).columns()) == {'mpii_pckh', 'mpii_pckh01'}


def test_errors(evaluation: Evaluation, config: Config, synthetic: Path) -> None:
    with pytest.raises(ValueError, match='no predictions of a source coco, mpii or lsp'):
        person_facts(dataclasses.replace(evaluation, predictions=[]), config)
    with pytest.raises(
        ValueError, match='image 500000009 of the predictions is not in .*person_keypoints_val2017.json'
    ):
        person_facts(evaluation, student_test_config(synthetic))
    records = [record for record in evaluation.predictions if record['source'] == 'mpii']
    with pytest.raises(ValueError, match='person .* of the predictions is not in .*mpii_val.json'):
        person_facts(dataclasses.replace(evaluation, predictions=records), student_test_config(synthetic))
    moved = [dict(one, keypoints=np.add(one['keypoints'], 100.0).tolist()) for one in evaluation.predictions]
    with pytest.raises(ValueError, match='records give coco_ap 0.0.*the evaluation says 0'):
        person_facts(dataclasses.replace(evaluation, predictions=moved), config)
