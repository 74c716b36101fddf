"""An exported RTMDet or YOLOX: boxes come back in image pixels, and what is no detector is told."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import onnxruntime
import pytest

from tests.detector_files import write_detector
from tests.onnx_files import write_onnx_file
from unipose.runtime.onnx_person_detector import OnnxPersonDetector
from unipose.runtime.yolox_rows import YoloxRows


class Session:
    """Finds a person where the picture is white, and a cat."""

    outputs, shape = ('dets', 'labels'), ['batch', 3, 'height', 'width']

    def __init__(self, file: str, *args: object, **kwargs: object) -> None:
        self.shown: list[np.ndarray] = []

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name='input', shape=self.shape, type='tensor(float)')]

    def get_outputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name, shape=['batch', 'boxes', 5]) for name in self.outputs]

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
    (tmp_path / 'detector.onnx').write_bytes(b'not read')
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
    with pytest.raises(ValueError, match=r"kind must be one of \('rtmdet', 'yolox'\), or None. Got: 'yolo'"):
        OnnxPersonDetector(file, kind='yolo')
    monkeypatch.undo()
    file.write_text('not a network')
    with pytest.raises(ValueError, match='no ONNX file that onnxruntime can load'):
        OnnxPersonDetector(file)


WHITE = np.zeros((128, 128, 3), np.uint8)
WHITE[64:, :64] = 255  # at half its size a cell of 32 pixels


@pytest.mark.parametrize(
    'made',
    [
        dict(),
        dict(decoded=True),
        dict(dtype=np.float16),
        dict(outputs='dets labels'),
        dict(outputs='dets labels', dtype=np.float16),
        dict(outputs='dets'),
    ],
    ids=str,
)
def test_a_yolox_is_fed_pixels_as_they_are(tmp_path: Path, made: dict) -> None:
    detector = OnnxPersonDetector(write_detector(tmp_path / 'yolox.onnx', **made))
    assert detector.kind == 'yolox'
    boxes, scores = detector(WHITE)
    assert boxes.tolist() == [[0, 64, 64, 128]]
    assert scores.tolist() == pytest.approx([1.0], abs=1e-3)
    assert boxes.dtype == scores.dtype == np.float32
    boxes, scores = detector(np.zeros_like(WHITE))
    assert boxes.shape == (0, 4) and scores.shape == (0,)


@pytest.mark.parametrize('dtype', [np.float32, np.float16])
def test_an_rtmdet_is_fed_normalised_pixels(tmp_path: Path, dtype: type) -> None:
    made = dict(outputs='dets labels', focus=False, dtype=dtype)
    detector = OnnxPersonDetector(write_detector(tmp_path / 'rtmdet.onnx', white=2.5, **made))
    assert detector.kind == 'rtmdet'
    boxes, scores = detector(WHITE)
    assert boxes.tolist() == [[0, 64, 64, 128]] and scores[0] == pytest.approx(0.976, abs=2e-3)
    # what a file looks like is a guess that can be corrected
    same = write_detector(tmp_path / 'plain.onnx', **made)
    assert not len(OnnxPersonDetector(same)(WHITE)[0])
    assert OnnxPersonDetector(same, kind='yolox')(WHITE)[0].tolist() == boxes.tolist()


@pytest.mark.parametrize('outputs', ['rows', 'dets labels'])
def test_rtmlib_finds_the_same(tmp_path: Path, outputs: str) -> None:
    rtmlib = pytest.importorskip('rtmlib')
    file = write_detector(tmp_path / 'yolox.onnx', outputs)
    image = WHITE.copy()
    image[:64, 64:] = 255
    theirs = rtmlib.YOLOX(str(file), (64, 64), score_thr=0.3)(image)
    ours, _ = OnnxPersonDetector(file)(image)
    assert len(ours) == 2
    np.testing.assert_allclose(sorted(ours.tolist()), sorted(theirs.clip(0, [128, 128] * 2).tolist()), atol=1e-3)


def test_of_doubles_the_surest_stays() -> None:
    rows = np.zeros((1, 84, 7), np.float32)  # 64x64: 8x8, 4x4 and 2x2 cells
    rows[0, 80, :5] = rows[0, 81, :5] = [0.5, 0.5, 0, 0, 1]
    rows[0, 81, 0] = -0.4  # its cell's, moved onto the first
    rows[0, 80, 5], rows[0, 81, 5], rows[0, 83] = 0.6, 0.8, [0.5, 0.5, 0, 0, 0.9, 0, 1]  # of another class
    boxes, scores = YoloxRows(rows.shape, (64, 64))(rows, 0.3)
    np.testing.assert_allclose(boxes, [[3.2, 0, 35.2, 32]], atol=1e-4)
    assert scores.tolist() == pytest.approx([0.8])


def test_rows_that_are_not_yoloxs(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'of images of \(64, 64\) pixels \(width, height\) YOLOX gives 84 rows'):
        YoloxRows((1, 300, 6), (64, 64))
    with pytest.raises(ValueError, match='it has 2 classes, and people should be number 5'):
        YoloxRows((1, 84, 7), (64, 64), person=5)
    assert YoloxRows((1, 85, 7), (64, 64))  # with cells of 64 pixels
    file = write_onnx_file(tmp_path / 'rows.onnx', dict(output=(300, 6)), size=(64, 64))
    with pytest.raises(ValueError, match=r'rows.onnx is no YOLOX: .* Got: outputs \[1, 300, 6\]'):
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
