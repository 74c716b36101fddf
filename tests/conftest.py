"""Fixtures that several rooms' tests share."""

import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from mmengine.registry import init_default_scope

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

torch.set_num_threads(1)  # tests are small; threads that wait for each other only cost

REPOSITORY = Path(__file__).resolve().parents[1]
REAL = REPOSITORY.parent / 'shared' / 'real'


class Ran(NamedTuple):
    """How a tool ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str


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


@pytest.fixture
def run_tool(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Callable[..., Ran]:
    """Runs one of tools/ in this process, by its file name."""

    def run(name: str, *arguments: object) -> Ran:
        monkeypatch.setattr(sys, 'argv', [name, *map(str, arguments)])
        code = 0
        try:
            runpy.run_path(str(REPOSITORY / 'tools' / name), run_name='__main__')
        except SystemExit as finished:
            code = finished.code or 0
        return Ran(code, *capsys.readouterr())

    return run
