from pathlib import Path

import cv2
import numpy as np
import pytest

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules
from tests.student_files import write_student


@pytest.fixture(scope='package')
def student(tmp_path_factory) -> tuple[Path, Path]:
    """Config and checkpoint of a small distilled student."""
    return write_student(tmp_path_factory.mktemp('student'))


@pytest.fixture(scope='package')
def image() -> np.ndarray:
    """Something to look at, ``[160, 240, 3]``."""
    noise = np.random.default_rng(0).integers(0, 256, (10, 15, 3), np.uint8)
    return cv2.resize(noise, (240, 160), interpolation=cv2.INTER_CUBIC)
