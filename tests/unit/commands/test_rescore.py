from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from tests.builders import model_config, train_config
from tests.evaluation_inputs import UNION, data_config, write_student
from tests.rescoring_inputs import predictions
from unipose.commands.rescore import collect_predictions, measure_rescorer, score_quality
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.evaluation.evaluate import evaluate_checkpoint
from unipose.rescoring import Predictions


@pytest.fixture(scope='module')
def config(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    data = data_config(synthetic)
    return train_config(
        synthetic,
        tmp_path_factory.mktemp('rescore'),
        model_config('coco+mpii', 21),
        **data,
        val_dataloader=data['test_dataloader'],
    )


@pytest.fixture(scope='module')
def checkpoint(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_student(tmp_path_factory.mktemp('student') / 'student.pth', config)


@pytest.fixture(scope='module')
def people(config: Config, checkpoint: Path) -> Predictions:
    return collect_predictions(config, checkpoint, 'val')


def test_people_are_predicted_as_in_a_test(people: Predictions, config: Config, checkpoint: Path) -> None:
    records = evaluate_checkpoint(config, checkpoint).predictions
    assert [record['source'] for record in records] == people.source.tolist()
    assert [record['img_id'] for record in records] == people.image.tolist()
    for name, key, digits in (('keypoints', 'keypoints', 3), ('scores', 'scores', 4), ('bbox', 'bbox', 2)):
        wanted = [record[key] for record in records]
        np.testing.assert_allclose(getattr(people, name), wanted, atol=0.51 * 10**-digits + 1e-4)
    assert people.names.tolist() == list(UNION.names) and people.links.tolist() == [list(p) for p in UNION.link_indices]
    known = {source: people.known[people.source == source] for source in ('coco', 'mpii')}
    assert known['coco'][:, :17].all() and not known['coco'][:, 17:].any()
    assert known['mpii'].sum(1).tolist() == [16] * len(known['mpii'])


def test_training_people_come_without_augmentation(config: Config, checkpoint: Path) -> None:
    twice = [collect_predictions(config, checkpoint) for _ in range(2)]
    np.testing.assert_array_equal(twice[0].keypoints, twice[1].keypoints)
    dataset = UnifiedKeypointDataset(config.train_dataloader.dataset.sources)
    assert len(twice[0]) == sum(dataset.get_data_info(i)['keypoints_visible'].any() for i in range(len(dataset)))


class Perfect:
    """Predicts the truth, which the dataset knows."""

    head = None

    def test_step(self, batch: dict) -> list:
        from unipose.evaluation.ground_truth import predict_ground_truth

        return [predict_ground_truth(sample) for sample in batch['data_samples']]


def test_a_perfect_student_has_an_oks_of_1_however_boxes_are_moved(
    config: Config, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('unipose.commands.rescore.load_model', lambda *_: Perfect())
    plain, moved = (collect_predictions(config, checkpoint, 'val', *more) for more in ((), (0.05, 3)))
    np.testing.assert_allclose(plain.oks, 1)
    np.testing.assert_allclose(moved.oks, 1)
    assert len(moved) == 3 * len(plain)
    sides = plain.bbox[:, 2:] - plain.bbox[:, :2]
    moves = (moved.bbox.reshape(3, -1, 4) - plain.bbox) / np.tile(sides, 2)
    assert 0.04 < moves.std() < 0.06 and abs(moves.mean()) < 0.02
    assert len(np.unique(moves.round(5))) > 0.9 * moves.size


def test_boxes_of_background_have_an_oks_of_0(
    config: Config, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('unipose.commands.rescore.load_model', lambda *_: Perfect())
    people = collect_predictions(config, checkpoint, 'val', background=2)
    assert set(people.oks.round(6)) == {0, 1} and (people.oks == 0).sum() > 3


def test_areas_are_of_tight_boxes(config: Config, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """People who are off by a tenth of a box's side: MPII's boxes are a third larger than what they hold."""

    class Off(Perfect):
        def test_step(self, batch: dict) -> list:
            samples = super().test_step(batch)
            for sample in samples:
                [box] = sample.gt_instances.bboxes
                sample.pred_instances.keypoints = sample.pred_instances.keypoints + 0.1 * (box[2] - box[0])
            return samples

    monkeypatch.setattr('unipose.commands.rescore.load_model', lambda *_: Off())
    people = collect_predictions(config, checkpoint, 'val')
    mpii = people.oks[people.source == 'mpii']
    squared, area = 2 * 0.1**2, 0.53 * (0.9375 / 1.25) ** 2
    similar = np.exp(-squared / (8 * area * np.square(UNION.sigmas)))  # of each keypoint
    assert similar.min() < mpii.min() and mpii.max() < similar.max()
    whole = len(mpii) and people.known[people.source == 'mpii'][0]
    assert np.isclose(mpii, similar[whole].mean(), atol=1e-3).any()


@pytest.mark.parametrize(
    ('changes', 'arguments', 'message'),
    [
        ({}, dict(jitter=-0.1), 'Got: jitter -0.1, background 0, boxes 1'),
        ({}, dict(background=-1), 'jitter and background must be 0 or more'),
        ({}, dict(boxes=2), 'boxes 1, or more with a jitter'),
        ({'train_dataloader': None}, {}, r'train_dataloader.dataset must have sources with keypoints.* Got: \[\]'),
        ({'val_dataloader.dataset.sources.coco.dataset.ann_file': 'no.json'}, dict(split='val'), 'is not in place'),
        ({'model.head.out_channels': 17, 'model.skeleton': 'coco'}, {}, 'outputs'),
    ],
)
def test_mistakes(config: Config, checkpoint: Path, changes: dict, arguments: dict, message: str) -> None:
    config = config.copy()
    config.merge_from_dict(changes)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        collect_predictions(config, checkpoint, **arguments)


def test_the_report_is_of_people_held_out() -> None:
    people = predictions(200)
    report = measure_rescorer(people)
    held_out = people.of(people.held_out())
    assert report.rescorer.measured['boxes'] == dict(fitted=160, held_out=40)
    assert report.table['mean keypoint score'] == score_quality(held_out.mean_scores(), held_out.oks)
    predicted = report.rescorer.predict(held_out.keypoints, held_out.scores)
    assert report.table['rescorer'] == score_quality(predicted, held_out.oks)
    assert 'fitted on 160 boxes, measured on 40 in other images' in str(report)
    assert 'rescorer' in str(report) and 'Kendall' in str(report)


def test_what_scores_are_worth() -> None:
    assert score_quality(np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.6, 1.0])) == pytest.approx((0.01, 1, 1))
    error, spearman, kendall = score_quality(np.array([0.9, 0.5, 0.5]), np.array([0.0, 0.5, 1.0]))
    assert error == pytest.approx((0.81 + 0.25) / 3) and spearman < 0 and kendall < 0
    assert np.isnan(score_quality(np.ones(3), np.arange(3))[1:]).all()
