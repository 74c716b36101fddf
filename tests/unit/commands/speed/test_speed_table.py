from pathlib import Path

import numpy as np
import pytest

from tests.student_files import write_student
from unipose.commands.speed import speed_table
from unipose.commands.speed.speed_table import measure_speed


@pytest.fixture(autouse=True)
def without_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed_table, '_REST', 0.0)


@pytest.fixture
def student(tmp_path: Path) -> tuple[Path, Path]:
    return write_student(tmp_path)


def test_every_backend_takes_turns(student: tuple[Path, Path]) -> None:
    table = measure_speed(*student, persons=(1, 3), frame_size=(64, 48), repeats=2)
    assert {'torch fp32, cpu'} <= set(table.seconds) and table.flip_test and table.input_size == (96, 128)
    for taken in table.seconds.values():
        assert {number: len(seconds) for number, seconds in taken.items()} == {1: 2, 3: 2}
    text = table.format()
    assert '1 person, ms' in text and '3 people, ms' in text and 'flip test on (two passes)' in text
    assert table.format(markdown=True).count('|') > 10
    median = table.scores()['medians']['torch fp32, cpu'][3]
    assert median['fps'] == pytest.approx(1000 / median['ms'])


def test_random_weights_are_said(student: tuple[Path, Path]) -> None:
    table = measure_speed(student[0], persons=(1,), frame_size=(64, 48), repeats=1, flip_test=False)
    assert 'random weights' in table.title and not table.flip_test


def test_an_export_of_another_model_is_refused(student: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    class Export:
        input_size, num_keypoints = (192, 256), 21

        def __init__(self, *_: object) -> None: ...

        def __call__(self, image: np.ndarray, boxes: np.ndarray) -> None: ...

    monkeypatch.setattr(speed_table, 'OnnxPoseEstimator', Export)
    with pytest.raises(ValueError, match=r"predicts 21 keypoints, the config's model \(96, 128\)"):
        measure_speed(*student, onnx='other.onnx', repeats=1)
    monkeypatch.setattr(Export, 'input_size', (96, 128))
    table = measure_speed(*student, onnx='same.onnx', persons=(1,), frame_size=(64, 48), repeats=1)
    assert 'onnxruntime, cpu' in table.seconds


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(persons=()), 'persons must be at least 1'),
        (dict(persons=(0,)), 'persons must be at least 1'),
        (dict(frame_size=(0, 10)), 'frame_size must be at least 1'),
        (dict(repeats=0), 'repeats must be at least 1'),
        (dict(devices=['nothing']), "device 'nothing' is not available"),
    ],
)
def test_mistakes(student: tuple[Path, Path], options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        measure_speed(*student, **options)
