"""How far an exported file is from its student: by what the student says, not by what rounding makes of a tie."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from unipose.commands.export.check import compare as compared
from unipose.commands.export.options import ExportOptions

SIZE = (8, 16)  # pixels; two bins each


@pytest.fixture
def student() -> SimpleNamespace:
    """One keypoint: along x it is at 2 px, along y as much at 3 as at 12."""
    x, y = torch.zeros(1, 1, 16), torch.zeros(1, 1, 32)
    x[..., 4], y[..., [6, 24]] = 1.0, 0.5
    return SimpleNamespace(
        input_size=SIZE,
        network=lambda: lambda images: (x.expand(len(images), -1, -1), y.expand(len(images), -1, -1)),
        normalised=lambda pictures, bgr=False: np.zeros((len(pictures), 3, 16, 8), np.float32),
    )


def compare(student: SimpleNamespace, x: int, y: int, score: float = 0.5, decode: bool = False):
    """With a file that puts the keypoint into these bins."""

    def run(images: np.ndarray) -> list[np.ndarray]:
        if decode:
            return [np.float32([[[x / 2, y / 2]]] * len(images)), np.full((len(images), 1), score, np.float32)]
        rows = np.zeros((len(images), 1, 16), np.float32), np.zeros((len(images), 1, 32), np.float32)
        rows[0][..., x], rows[1][..., y] = 1.0, score
        return list(rows)

    return compared(student, run, np.zeros((3, 16, 8, 3), np.uint8), ExportOptions(decode=decode)).difference()


@pytest.mark.parametrize('decode', [False, True])
def test_of_two_places_as_good_either_will_do(student: SimpleNamespace, decode: bool) -> None:
    for y in (6, 24):
        found = compare(student, 4, y, decode=decode)
        assert found.largest == found.share == 0 and found.count == 3
    assert compare(student, 4, 6, score=0.51, decode=decode).score == pytest.approx(0.01)


@pytest.mark.parametrize('decode', [False, True])
def test_another_place_is_another_place(student: SimpleNamespace, decode: bool) -> None:
    assert compare(student, 6, 24, decode=decode).largest == 1.0
    found = compare(student, 4, 10, decode=decode)
    assert found.largest == 2.0 and found.share == 1.0
