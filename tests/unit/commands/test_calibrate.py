from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config

from tests.builders import CANVAS, STUDENT, model_config, train_config, write_teachers
from tests.evaluation_inputs import data_config
from unipose.commands import calibrate
from unipose.commands.calibrate import calibrate_teacher, observe_teacher
from unipose.files.read_config import read_config
from unipose.simcc import Persons, SimCCBins, SimCCTarget, Window
from unipose.skeletons import KeypointMap, load_skeleton
from unipose.teachers.networks import Weights
from unipose.visualization.canvas_samples import CanvasSamples

BINS = SimCCBins(STUDENT, (3.46, 4.0))


class Pointer:
    """A teacher that points at the middle of the window, sure of itself in proportion to the keypoint's number."""

    def __init__(self, inside: float) -> None:
        self.inside = inside
        self.keypoint_map = KeypointMap(load_skeleton('mpii'), load_skeleton('coco+mpii'))
        self.network = SimpleNamespace(weights=Weights('pointer.pth', 'f' * 64))
        self.window = Window(CANVAS, (CANVAS[0] // 2, CANVAS[1] // 2))
        self.adapter = SimpleNamespace(offset=(0.5, 0.0))

    def connect(self, *_: object) -> None:
        pass

    apply = connect

    def predict(self, canvas: torch.Tensor, persons: Persons) -> tuple:
        shape = (len(canvas), 16)
        middle = BINS.encode(torch.tensor(STUDENT).expand(*shape, 2) / 2, torch.full(shape, self.inside))
        return SimCCTarget(middle.x, middle.y, middle.weight), torch.arange(16.0).expand(shape), None


@pytest.fixture(scope='module')
def config(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp('calibrate')
    config = train_config(
        synthetic, folder, model_config('coco+mpii', 21, teachers=write_teachers(folder), canvas_size=CANVAS)
    )
    config.val_dataloader = dict(data_config(synthetic)['test_dataloader'], batch_size=3)
    return config


def test_annotated_keypoints_are_compared_in_student_pixels(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate.Teacher, 'from_entry', lambda *_: Pointer(inside=1.0))
    seen = observe_teacher(config, 'mpii', 'mpii')
    samples = CanvasSamples(calibrate._canvases(config, 'mpii'))
    expected, signed = [], []
    own = Pointer(1.0).keypoint_map
    for sample in (samples[index] for index in range(len(samples.dataset))):
        away = (np.divide(STUDENT, 2) - sample.keypoints)[list(own.dst_indices)]
        distance = np.linalg.norm(away, axis=-1)
        shown = sample.visible[list(own.dst_indices)] > 0
        signed += list(away[shown] / 2)  # a pixel of this teacher's input is two of the student's
        expected += list(zip(np.arange(16)[shown], distance[shown] <= 0.05 * STUDENT[1]))
    assert seen.tolerance == 6.4 and seen.offset == (0.5, 0.0)
    np.testing.assert_allclose(seen.signed, signed, atol=1e-4)
    assert list(zip(seen.confidence, seen.right)) == expected
    assert 0 < seen.right.sum() < len(expected)
    assert len(set(seen.image)) == 8 and (np.diff(seen.image) >= 0).all()


def test_what_lies_outside_the_students_window_is_not_asked_about(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrate.Teacher, 'from_entry', lambda *_: Pointer(inside=0.4))
    with pytest.raises(ValueError, match="source 'mpii' annotates keypoints of teacher 'mpii' in fewer than two"):
        calibrate_teacher(config, 'mpii')


def test_what_is_no_number_is_left_out_and_counted(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unsure(Pointer):
        """Says NaN of one keypoint's place, and of how sure it is of another."""

        def predict(self, canvas: torch.Tensor, persons: Persons) -> tuple:
            target, confidence, features = super().predict(canvas, persons)
            target.x[:, 3] = float('nan')
            confidence = confidence.clone()
            confidence[:, 5] = float('nan')
            return target, confidence, features

    monkeypatch.setattr(calibrate.Teacher, 'from_entry', lambda *_: Pointer(inside=1.0))
    sure = observe_teacher(config, 'mpii', 'mpii')
    monkeypatch.setattr(calibrate.Teacher, 'from_entry', lambda *_: Unsure(inside=1.0))
    report = calibrate_teacher(config, 'mpii')
    counts = report.calibration.measured['keypoints']
    lost = int(np.isin(sure.confidence, (3, 5)).sum())
    assert sure.left_out == 0 < lost == counts['left_out'] and sum(counts.values()) == len(sure.confidence)
    assert f'of {lost} more annotated keypoints it says what is no finite number; look at its weights' in str(report)


def test_where_nothing_is_right_no_offset_is_told(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate.Teacher, 'from_entry', lambda *_: Pointer(inside=1.0))
    monkeypatch.setattr(calibrate, 'TOLERANCE', 0.0)
    report = calibrate_teacher(config, 'mpii')
    assert report.calibration.measured['offset'] is None and 'offset' not in str(report)


def test_an_older_calibration_in_the_entry_is_not_in_the_way(config: Config) -> None:
    config = read_config(config)
    config.model.teachers.mpii.update(weight=0.5, schedule=None, calibration='nowhere.json')
    report = calibrate_teacher(config, 'mpii')
    measured = report.calibration.measured
    assert measured['checkpoint'] == 'mpii.pth' and measured['source'] == 'mpii'
    assert sum(count for count, *_ in report.deciles) == measured['keypoints']['held_out']


@pytest.mark.parametrize(
    ('name', 'source', 'message'),
    [
        ('aic', None, r"no teacher 'aic'; it has \['coco', 'mpii'\]"),
        ('coco', 'aic', r"no source 'aic'; it has \['coco', 'mpii'\].*--source"),
    ],
)
def test_unknown_names_are_told(config: Config, name: str, source: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        calibrate_teacher(config, name, source)
