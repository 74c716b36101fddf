"""Fixtures that several rooms' tests share."""

from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

torch.set_num_threads(1)  # tests are small; threads that wait for each other only cost

REAL = Path(__file__).resolve().parents[2] / 'shared' / 'real'


@pytest.fixture(scope='module', autouse=True)
def mmpose_scope() -> None:
    """Lets tests build MMPose's models without a runner, which says so itself; other tests may have said otherwise."""
    init_default_scope('mmpose')


@pytest.fixture(scope='session')
def real_data() -> Path:
    """Folder of small real COCO and MPII files; tests that ask for it are skipped where it is missing."""
    if not REAL.is_dir():
        pytest.skip(f'real COCO and MPII files are not at {REAL}')
    return REAL


@pytest.fixture(scope='session')
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a small synthetic dataset in each layout: coco/ and mpii/."""
    from unipose.datasets.synthetic import generate_coco, generate_mpii

    root = tmp_path_factory.mktemp('synthetic')
    generate_coco(root / 'coco', {'train2017': 12, 'val2017': 8}, seed=0)
    generate_mpii(root / 'mpii', {'train': 12, 'val': 8}, seed=0)
    return root
