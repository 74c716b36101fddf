"""An exported detector: boxes come back in image pixels, and what is no detector is told."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import onnxruntime
import pytest

from unipose.runtime.onnx_person_detector import OnnxPersonDetector


class Session:
    """Finds a person where the picture is white, and a cat."""

    outputs, shape = ('dets', 'labels'), ['batch', 3, 'height', 'width']

    def __init__(self, file: str, *args: object, **kwargs: object) -> None:
        self.shown: list[np.ndarray] = []

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name='input', shape=self.shape)]

    def get_outputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name) for name in self.outputs]

    def run(self, names: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        batch = inputs['input']
        self.shown.append(batch)
        rows, columns = np.nonzero(batch[0].min(0) > 2)
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        dets = np.array([[[*box, 0.4], [*box, 0.8], [*box, 0.2], [*box, 0.9]]], np.float32)
        return [dets, np.array([[0, 0, 0, 15]])]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(onnxruntime, 'InferenceSession', Session)
    (tmp_path / 'detector.onnx').touch()
    return tmp_path / 'detector.onnx'


def test_boxes_are_in_image_pixels_best_first(file: Path) -> None:
    image = np.zeros((240, 640, 3), np.uint8)
    image[40:200, 100:300] = 255
    detector = OnnxPersonDetector(file)
    boxes, scores = detector(image)
    assert boxes == pytest.approx(np.array([[100, 40, 300, 200]] * 2), abs=2)
    assert scores.tolist() == pytest.approx([0.8, 0.4])
    (batch,) = detector.session.shown
    assert batch.shape == (1, 3, 320, 320) and batch.dtype == np.float32
    assert batch[0, 0, 200, 0] == pytest.approx((114 - 103.53) / 57.375)  # below the picture


def test_a_size_in_the_file_holds(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, 'shape', [1, 3, 384, 640])
    assert OnnxPersonDetector(file).input_size == (640, 384)
    with pytest.raises(ValueError, match=r'takes images of \(640, 384\) pixels'):
        OnnxPersonDetector(file, (640, 480))


def test_what_is_no_detector_is_told(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match='no detector .*none.onnx'):
        OnnxPersonDetector(tmp_path / 'none.onnx')
    monkeypatch.setattr(Session, 'outputs', ('simcc_x', 'simcc_y'))
    with pytest.raises(ValueError, match='is it a pose model'):
        OnnxPersonDetector(file)
    monkeypatch.undo()
    file.write_text('not a network')
    with pytest.raises(ValueError, match='no ONNX file that onnxruntime can load'):
        OnnxPersonDetector(file)


@pytest.mark.real
def test_people_of_real_photographs(real_data: Path) -> None:
    detector = OnnxPersonDetector(real_data / 'detector/rtmdet_nano_person.onnx')
    found = {path.stem: detector(cv2.imread(str(path))) for path in sorted((real_data / 'photos').iterdir())}
    assert [len(boxes) for boxes, _ in found.values()] == [1, 2, 4, 5]
    assert found['000000000785'][0][0] == pytest.approx([281, 42, 498, 377], abs=8)


def test_torch_is_not_needed() -> None:
    code = (
        'import sys, unipose.runtime.onnx_person_detector, unipose.runtime.onnx_pose_estimator;'
        'print([m for m in sys.modules if m in ("torch", "mmpose")])'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == '[]'
