"""Pixels are normalised to the last bit as arithmetic does it."""

import numpy as np
import pytest

from unipose.runtime.pixels import Normaliser

MEAN, STD = np.float32([123.675, 116.28, 103.53]), np.float32([58.395, 57.12, 57.375])


@pytest.mark.parametrize('rgb', [True, False])
def test_it_is_the_arithmetic(rgb: bool) -> None:
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    out = np.zeros((3, 9, 7), np.float32)
    Normaliser(MEAN, STD, rgb)(image, out)
    ordered = image[..., ::-1] if rgb else image
    assert np.array_equal(out, ((ordered.astype(np.float32) - MEAN) / STD).transpose(2, 0, 1))
