import contextlib
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.evaluation.metrics import CocoMetric
from pycocotools.coco import COCO as COCOTruth
from pycocotools.cocoeval import COCOeval

from tests.evaluation_inputs import coco_file, sample
from unipose.evaluation import CocoKeypointMetric
from unipose.people import CocoResults, Person
from unipose.skeletons import load_skeleton

COCO = load_skeleton('coco')
NAME = 'PCK@0.05sqrt(area)'


def person(left: float = 10.0, top: float = 10.0, visibility: int = 2, **changes: Any) -> dict[str, Any]:
    """Keypoints on a slanted line."""
    xy = np.stack([left + 4 * np.arange(17), top + 3 * np.arange(17)], -1)
    return dict(dict(keypoints=np.concatenate([xy, np.full((17, 1), visibility)], 1)), **changes)


def evaluate(metric: CocoMetric, samples: list) -> dict[str, float]:
    metric.dataset_meta = parse_pose_metainfo(COCO.to_metainfo())
    metric.process(None, [one.to_dict() for one in samples])
    return metric.evaluate(len(samples))


def truth_of(people: list[dict], **changes: Any) -> list:
    return [
        sample('coco', number, one['keypoints'][:, :2], visible=np.minimum(one['keypoints'][:, 2], 1), **changes)
        for number, one in enumerate(people)
    ]


def test_ground_truth_scores_full_marks(tmp_path: Path) -> None:
    people = [person(), person(200, 100), person(100, 200, visibility=1)]
    nobody = dict(keypoints=np.zeros((17, 3)), bbox=[300, 300, 50, 50])
    crowd = person(50, 250, iscrowd=1)
    metric = CocoKeypointMetric(coco_file(tmp_path / 'coco.json', [*people, nobody, crowd]))
    results = evaluate(metric, truth_of(people))
    for name in ('AP', 'AP50', 'AP75', 'AP(L)', 'AR', 'AR50', 'AR75', 'AR(L)'):
        assert results[name] == pytest.approx(1.0), name
    assert math.isnan(results['AP(M)'])  # nobody is of medium size
    assert math.isnan(results['AR(M)'])
    assert results[NAME] == 100.0
    assert all(results[f'{NAME}/{name}'] == 100 for name in COCO.names)


def test_annotation_number_0_counts(tmp_path: Path) -> None:
    people = [person(id=0), person(200, 100, id=1)]
    for score in (1.0, 0.5):
        samples = truth_of(people)
        samples[0].pred_instances.keypoint_scores *= score
        results = evaluate(CocoKeypointMetric(coco_file(tmp_path / 'coco.json', people)), samples)
        assert results['AP'] == pytest.approx(1.0)


def test_people_are_scored_as_in_files_of_predictions(tmp_path: Path) -> None:
    people, rng = [person(), person(200, 100), person(100, 200)], np.random.default_rng(0)
    samples = truth_of(people)
    with CocoResults(tmp_path / 'results.json') as results:
        for one in samples:
            truth, found = one.gt_instances, one.pred_instances
            truth.bbox_scores = rng.uniform(0, 1, 1).astype(np.float32)
            found.keypoint_scores = rng.uniform(-0.2, 1, (1, 17)).astype(np.float32)
            written = found.keypoints[0], found.keypoint_scores[0], truth.bboxes[0], float(truth.bbox_scores[0])
            results.add('1.jpg', [Person(*written)])
    samples[2].pred_instances.keypoint_scores[:] = 0.2  # none above it
    evaluate(CocoKeypointMetric(coco_file(tmp_path / 'coco.json', people), outfile_prefix=str(tmp_path / 'a')), samples)
    scored, written = (
        [one['score'] for one in json.loads((tmp_path / name).read_text())]
        for name in ('a.keypoints.json', 'results.json')
    )
    assert scored[:2] == pytest.approx(written[:2], abs=1e-5) and min(scored[:2]) > 0
    assert scored[2] == 0.0


def test_files_of_predictions_score_in_pycocotools_as_here(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    shape = rng.uniform(0, 1, (17, 2))
    people = []
    for number in range(40):  # about the border between medium and large, which is 96 x 96 pixels
        side = rng.uniform(60, 170)
        keypoints = np.concatenate([shape * side + rng.uniform(20, 200, 2), np.full((17, 1), 2)], 1)
        box = [*keypoints[:, :2].min(0), side, side]
        people.append(dict(keypoints=keypoints, id=number + 1, image_id=number + 1, bbox=box, area=0.53 * side**2))
    samples = []
    with CocoResults(tmp_path / 'results.json') as results:
        for one in people:
            left, top, width, height = one['bbox']
            box = np.array([left, top, left + width, top + height], np.float32)
            shown = box + np.float32([-0.3, -0.3, 0.3, 0.3]) * width  # a loose one
            found = one['keypoints'][:, :2] + rng.normal(0, rng.uniform(0.005, 0.1) * width, (17, 2))
            found = found.astype(np.float32)
            annotated = sample(
                'coco', one['id'], one['keypoints'][:, :2], found, box=tuple(box), img_id=one['image_id']
            )
            scores = rng.uniform(0.3, 1, 17).astype(np.float32)
            annotated.pred_instances.keypoint_scores = scores[None]
            samples.append(annotated)
            results.add(f'{one["image_id"]}.jpg', [Person(found, scores, shown)])
    file = coco_file(tmp_path / 'coco.json', people)
    ours = evaluate(CocoKeypointMetric(file), samples)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCOTruth(file)
        theirs = COCOeval(truth, truth.loadRes(str(tmp_path / 'results.json')), 'keypoints')
        theirs.evaluate()
        theirs.accumulate()
        theirs.summarize()
    names = ('AP', 'AP50', 'AP75', 'AP(M)', 'AP(L)', 'AR', 'AR50', 'AR75', 'AR(M)', 'AR(L)')
    assert [ours[name] for name in names] == pytest.approx(theirs.stats.tolist(), abs=1e-9)
    assert 0.1 < ours['AP(M)'] < 0.9 and 0.1 < ours['AP(L)'] < 0.9


def test_average_precision_by_hand(tmp_path: Path) -> None:
    # one of two people is found, with the higher score: precision 1 up to recall 1/2, which 51 of COCO's 101 recall
    # levels (0, 0.01, ..., 1) reach
    people = [person(), person(200, 100)]
    samples = truth_of(people)
    samples[1].pred_instances.keypoints += 150
    samples[1].pred_instances.keypoint_scores *= 0.5
    results = evaluate(CocoKeypointMetric(coco_file(tmp_path / 'coco.json', people)), samples)
    assert results['AP'] == pytest.approx(51 / 101)
    assert results['AR'] == pytest.approx(0.5)
    # with the lower score: precision 1/2 up to recall 1/2
    samples[1].pred_instances.keypoint_scores *= 4
    results = evaluate(CocoKeypointMetric(coco_file(tmp_path / 'coco.json', people)), samples)
    assert results['AP'] == pytest.approx(0.5 * 51 / 101)


def test_share_of_keypoints_by_hand(tmp_path: Path) -> None:
    # a box of 200 x 50 pixels: sqrt(area) is 100, the threshold 5 pixels
    people = [person(), person(200, 100)]
    people[1]['keypoints'][16, 2] = 0
    people[1]['keypoints'][15, 2] = 1  # hidden, but annotated
    samples = truth_of(people, box=(0.0, 0.0, 200.0, 50.0))
    predicted = samples[0].pred_instances.keypoints
    predicted[0, 0] += (3, 4)  # 5 pixels: within
    predicted[0, 1] += (0, 5.01)
    predicted[0, 2] += (30, 0)
    samples[1].pred_instances.keypoints[0, [2, 16]] += 30  # the second is not annotated
    samples[1].pred_instances.keypoints[0, 15] += 30
    results = evaluate(CocoKeypointMetric(coco_file(tmp_path / 'coco.json', people)), samples)
    assert results[f'{NAME}/nose'] == 100
    assert results[f'{NAME}/left_eye'] == 50
    assert results[f'{NAME}/right_eye'] == 0
    assert results[f'{NAME}/left_ankle'] == 50
    assert results[f'{NAME}/right_ankle'] == 100
    assert results[NAME] == pytest.approx(100 * (33 - 4) / 33)


def test_a_keypoint_that_nobody_has(tmp_path: Path) -> None:
    people = [person()]
    people[0]['keypoints'][3, 2] = 0
    results = evaluate(CocoKeypointMetric(coco_file(tmp_path / 'coco.json', people)), truth_of(people))
    assert math.isnan(results[f'{NAME}/left_ear'])
    assert results[NAME] == 100


def test_the_threshold_can_be_another(tmp_path: Path) -> None:
    people = [person()]
    samples = truth_of(people)
    samples[0].pred_instances.keypoints[0, 0] += (8, 0)
    metric = CocoKeypointMetric(coco_file(tmp_path / 'coco.json', people), pck_threshold=0.1)
    assert evaluate(metric, samples)['PCK@0.1sqrt(area)/nose'] == 100


def test_same_numbers_as_mmpose(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    people = [person(100 * (i % 4), 80 * (i // 4), area=area) for i, area in enumerate([5000.0, 20000.0] * 6)]
    file = coco_file(tmp_path / 'coco.json', people)
    samples = truth_of(people)
    for one in samples:
        one.pred_instances.keypoints += rng.normal(0, 8, (1, 17, 2))
        one.pred_instances.keypoint_scores[:] = rng.uniform(0, 1, (1, 17))
    ours, theirs = evaluate(CocoKeypointMetric(file), samples), evaluate(CocoMetric(file, prefix='m'), samples)
    pairs = {'AP': 'AP', 'AP50': 'AP .5', 'AP75': 'AP .75', 'AP(M)': 'AP (M)', 'AP(L)': 'AP (L)', 'AR': 'AR'}
    assert 0.05 < ours['AP'] < 0.95
    for our_name, their_name in pairs.items():
        assert ours[our_name] == theirs[f'm/{their_name}'], our_name


def test_detected_boxes_have_no_pairs(tmp_path: Path) -> None:
    people = [person()]
    found = truth_of(people)[0]
    found.gt_instances.keypoints[:] = 0  # what MMPose gives a detected box
    results = evaluate(CocoKeypointMetric(coco_file(tmp_path / 'coco.json', people)), [found])
    assert results['AP'] == pytest.approx(1.0)
    assert not [name for name in results if name.startswith('PCK')]


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match='no annotation file .*none.json; data/README.md'):
        CocoKeypointMetric(str(tmp_path / 'none.json'))
    (tmp_path / 'list.json').write_text('[]')
    (tmp_path / 'text.json').write_text('people')
    for name, said in (('list.json', 'must be a mapping with lists of images'), ('text.json', 'is not JSON')):
        with pytest.raises(ValueError, match=f'{name} {said}'):
            evaluate(CocoKeypointMetric(str(tmp_path / name)), truth_of([person()]))
    metric = CocoKeypointMetric(coco_file(tmp_path / 'coco.json', [person()]))
    with pytest.raises(ValueError, match='image 7 is not in .*coco.json'):
        evaluate(metric, truth_of([person()], img_id=7))
