"""Crops and decoding around a network that is a stand-in; the export's own numbers are tested where it is made."""

from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.onnx_files import write_onnx_file
from unipose.runtime import onnx_pose_estimator
from unipose.runtime.backends import Backend
from unipose.runtime.onnx_pose_estimator import OnnxPoseEstimator

SIZE, BINS = (96, 128), (192, 256)


class BrightestSpot:
    """Two keypoints: the brightest pixel, and one that is never there."""

    kind = 'tensor(float)'

    def __init__(self, batch: object = 'batch', outputs: tuple[str, ...] = ('simcc_x', 'simcc_y')) -> None:
        self.batch, self.outputs, self.batches = batch, outputs, []

    def get_inputs(self) -> list:
        return [SimpleNamespace(name='input', shape=[self.batch, 3, SIZE[1], SIZE[0]], type=self.kind)]

    def get_outputs(self) -> list:
        return [SimpleNamespace(name=name, shape=['batch', 2, 1]) for name in self.outputs]

    def get_modelmeta(self) -> SimpleNamespace:
        return SimpleNamespace(custom_metadata_map={})

    def run(self, _: object, inputs: dict) -> list[np.ndarray]:
        (images,) = inputs.values()
        self.batches.append(len(images))
        found = [np.full((len(images), 2, bins), -1.0, np.float32) for bins in BINS]
        for number, image in enumerate(images):
            y, x = np.unravel_index(image.sum(0).argmax(), image.shape[1:])
            found[0][number, 0, 2 * x - 2 : 2 * x + 3] = found[1][number, 0, 2 * y - 2 : 2 * y + 3] = 0.9
        return found


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    def use(session: BrightestSpot, **options: object) -> OnnxPoseEstimator:
        whole = Backend('a stand-in', session, open_beside=None, images=4)
        monkeypatch.setattr(onnx_pose_estimator, 'open_backend', lambda *_: (session, whole))
        return OnnxPoseEstimator('student.onnx', **options)

    return use


def spots() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An image with two spots, a box around each, and where they are."""
    places = np.array([[70.0, 60.0], [220.0, 150.0]])
    image = np.zeros((240, 320, 3), np.uint8)
    for x, y in places.astype(int).tolist():
        cv2.circle(image, (x, y), 3, (255, 255, 255), -1)
    image = cv2.GaussianBlur(image, (9, 9), 2)
    boxes = np.concatenate([places - (20, 50), places + (40, 40)], -1)
    return image, boxes, places


@pytest.mark.parametrize('batch', ['batch', 1])
@pytest.mark.parametrize('flip', [None, [0, 1]])
def test_people_are_found_where_they_are(use, batch: object, flip: list | None) -> None:
    image, boxes, places = spots()
    session = BrightestSpot(batch)
    keypoints, scores = use(session, flip_test=flip is not None, flip_indices=flip)(image, boxes)
    assert keypoints.shape == (2, 2, 2)
    assert np.abs(keypoints[:, 0] - places).max() < (1.5 if flip is None else 2.5)
    assert scores[:, 0] == pytest.approx(0.9) and (scores[:, 1] < 0).all()
    assert session.batches == ([2] if batch == 'batch' else [1, 1]) * (1 if flip is None else 2)


class Exact(BrightestSpot):
    """The label at the middle of what is bright, which need not lie on a bin."""

    def __init__(self, split_ratio: int) -> None:
        super().__init__()
        self.split_ratio = split_ratio

    def run(self, _: object, inputs: dict) -> list[np.ndarray]:
        (images,) = inputs.values()
        light = images.sum(1) - images.sum(1).min()  # [B, H, W]
        rows = []
        for axis, side in enumerate(SIZE):
            along = light.sum(1 + axis)  # [B, side]
            middle = (along @ np.arange(side) / along.sum(-1))[:, None]
            rows.append(np.exp(-(((np.arange(side * self.split_ratio) / self.split_ratio - middle) / 2) ** 2) / 2))
        return [np.repeat(row[:, None], 2, 1).astype(np.float32) for row in rows]


@pytest.mark.parametrize('split_ratio', [1, 2, 3])
def test_mmposes_flip_test_moves_an_exact_network_and_the_aligned_one_does_not(use, split_ratio: int) -> None:
    image, boxes, _ = spots()
    many = boxes[0] + np.random.default_rng(0).random((60, 4)) * 2 - 1  # so that bins lie anywhere
    straight, mmposes, aligned = (
        use(Exact(split_ratio), flip_test=flip_test, flip_indices=[0, 1])(image, many)
        for flip_test in (False, True, 'aligned')
    )
    np.testing.assert_allclose(aligned[0], straight[0], atol=1e-4)
    np.testing.assert_allclose(aligned[1], straight[1], atol=1e-4)
    input_per_image_px = SIZE[1] / ((many[:, 3] - many[:, 1]) * 1.25)
    moved = ((mmposes[0] - straight[0]) * input_per_image_px[:, None, None]).mean((0, 1))
    assert moved == pytest.approx([(split_ratio - 1) / (2 * split_ratio), 0.0], abs=0.05)


def test_half_precision(tmp_path: Path) -> None:
    image, boxes, _ = spots()
    outputs = dict(simcc_x=(2, 192), simcc_y=(2, 256))
    whole, half = (
        OnnxPoseEstimator(write_onnx_file(tmp_path / f'{dtype.__name__}.onnx', outputs, dtype=dtype))
        for dtype in (np.float32, np.float16)
    )
    found, expected = half(image, boxes), whole(image, boxes)
    assert found[1].dtype == np.float32
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-2)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-3)


@pytest.mark.parametrize('backend', ['onnxruntime', 'openvino'])
@pytest.mark.parametrize('given', [dict(), dict(flip_test='aligned', flip_indices=[1, 0])], ids=str)
def test_threads_and_backends_make_no_difference(tmp_path: Path, backend: str, given: dict) -> None:
    if backend == 'openvino':
        pytest.importorskip('openvino')
    file = write_onnx_file(tmp_path / 'student.onnx', dict(simcc_x=(2, 192), simcc_y=(2, 256)))
    generator = np.random.default_rng(0)
    image = generator.integers(0, 256, (240, 320, 3), np.uint8)
    boxes = generator.uniform(0, 100, (9, 4)) + (0, 0, 100, 100)
    one_by_one = OnnxPoseEstimator(file, threads=1, **given)
    alone = [one_by_one(image, box[None]) for box in boxes]
    expected = [np.concatenate(same) for same in zip(*alone, strict=True)]
    for threads in (0, 1, 2, 3):
        estimator = OnnxPoseEstimator(file, threads=threads, backend=backend, precision='fp32', **given)
        assert estimator.backend.lower().startswith(backend)
        for count in (1, 2, 3, 9):
            keypoints, scores = estimator(image, boxes[:count])
            np.testing.assert_allclose(keypoints, expected[0][:count], atol=1e-4)
            np.testing.assert_allclose(scores, expected[1][:count], atol=1e-5)
        crops = estimator.crops(image, boxes)
        for found, alone in zip(estimator.run(crops), one_by_one.run(crops), strict=True):
            np.testing.assert_allclose(found, alone, atol=1e-5)


def test_nobody(use) -> None:
    keypoints, scores = use(BrightestSpot())(np.zeros((10, 10, 3), np.uint8), np.zeros((0, 4)))
    assert keypoints.shape == (0, 2, 2) and scores.shape == (0, 2)


@pytest.mark.parametrize(
    ('session', 'message'),
    [
        (BrightestSpot(outputs=('dets', 'labels')), 'is no RTMPose.*is it a detector'),
        (BrightestSpot(batch=8), 'takes batches of 8 alone'),
    ],
)
def test_other_files_are_refused(use, session: BrightestSpot, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        use(session)


def test_pixels_that_are_not_normalised_are_not_fed(use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BrightestSpot, 'kind', 'tensor(uint8)')
    with pytest.raises(ValueError, match=r'student.onnx takes tensor\(uint8\); it is fed normalised pixels'):
        use(BrightestSpot())


def test_a_flip_test_is_one_of_two(use) -> None:
    with pytest.raises(ValueError, match="flip_test must be True, False or 'aligned'. Got: 'flip'"):
        use(BrightestSpot(), flip_test='flip', flip_indices=[0, 1])
