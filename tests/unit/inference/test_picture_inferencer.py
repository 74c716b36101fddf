from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from tests.rescoring_inputs import write_rescorer
from tests.whole_pictures import dekr_config, write_dekr
from unipose.evaluation.evaluate import evaluate_checkpoint
from unipose.inference import PictureInferencer, PoseInferencer, load_inferencer
from unipose.people import PeopleTracker


@pytest.fixture(scope='module')
def config(synthetic: Path) -> Config:
    return dekr_config(synthetic)


@pytest.fixture(scope='module')
def checkpoint(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dekr(tmp_path_factory.mktemp('dekr') / 'dekr.pth', config)


@pytest.fixture(scope='module')
def inferencer(config: Config, checkpoint: Path) -> PictureInferencer:
    return PictureInferencer(config, checkpoint, score_thr=0.0)


@pytest.fixture(scope='module')
def pictures(synthetic: Path) -> list[Path]:
    return sorted((synthetic / 'coco/val2017').iterdir())


def test_it_predicts_what_is_scored(
    inferencer: PictureInferencer, config: Config, checkpoint: Path, pictures: list[Path]
) -> None:
    predictions = evaluate_checkpoint(config, checkpoint).predictions
    for path in pictures[:2]:
        records = [record for record in predictions if record['image'] == path.name]
        records.sort(key=lambda record: -record['score'])
        people = inferencer(path)
        assert len(people) == len(records) > 0
        np.testing.assert_allclose([one.keypoints for one in people], [r['keypoints'] for r in records], atol=2e-3)
        np.testing.assert_allclose([one.score for one in people], [r['score'] for r in records], atol=1e-4)


def test_several_pictures(config: Config, checkpoint: Path, pictures: list[Path]) -> None:
    some = load_inferencer(config, checkpoint, flip_test=False)
    assert isinstance(some, PictureInferencer)
    found = some.predict_images(pictures[:3], [None] * 3, [None] * 3)
    assert len(found) == 3
    (person, *_) = found[0]
    assert person.scores.shape == (17,) and person['nose'].score == pytest.approx(float(person.scores[0]))
    assert all(one.score >= 0.1 for people in found for one in people)


def test_a_rescorer_has_the_last_word(config: Config, checkpoint: Path, pictures: list[Path], tmp_path: Path) -> None:
    rescorer = write_rescorer(tmp_path / 'rescorer.pth', 'coco')
    people = load_inferencer(config, checkpoint, rescorer=rescorer)(pictures[0])
    assert [one.score for one in people] == sorted((one.oks for one in people), reverse=True)
    assert all(one.found_score >= 0.1 for one in people)


def test_people_have_ids_in_a_video(inferencer: PictureInferencer, pictures: list[Path]) -> None:
    people, tracker = inferencer(pictures[0]), PeopleTracker(inferencer.skeleton)
    first, second = tracker(people, 0.0), tracker(people, 0.04)
    assert [one.track_id for one in first] == [one.track_id for one in second]
    assert first[0].track_id is not None


@pytest.mark.parametrize('strip', [(4, 2000), (2000, 4)])
def test_a_long_strip_is_shown_no_larger_than_it_needs(inferencer: PictureInferencer, strip: tuple[int, int]) -> None:
    shapes, step = [], inferencer.model.test_step
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inferencer.model, 'test_step', lambda data: shapes.append(data['inputs'][0].shape) or step(data))
        people = inferencer(np.zeros((*strip, 3), np.uint8))
    assert sorted(shapes[0][1:]) == [128, 512]
    assert all(person.bbox[2] <= strip[1] and person.bbox[3] <= strip[0] for person in people)


def test_boxes_are_refused(inferencer: PictureInferencer, pictures: list[Path]) -> None:
    with pytest.raises(ValueError, match='finds people in whole pictures itself; give it no boxes'):
        inferencer.predict_images(pictures[:1], [[[0, 0, 10, 10]]])


def test_each_kind_wants_its_own_models(config: Config, checkpoint: Path, student: tuple[Path, Path]) -> None:
    with pytest.raises(ValueError, match='expected a top-down pose estimator'):
        PoseInferencer(config, checkpoint)
    with pytest.raises(ValueError, match='expected a whole-picture pose estimator'):
        PictureInferencer(*student)
    assert isinstance(load_inferencer(*student), PoseInferencer)


def test_a_config_must_say_how_pictures_are_resized(config: Config, checkpoint: Path) -> None:
    bare = Config(dict(model=config.model))
    with pytest.raises(ValueError, match='no BottomupResize'):
        PictureInferencer(bare, checkpoint)
