"""Fixtures that tests of several packages share, and what makes tests quick."""

import functools
import gc
import os
import runpy
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

os.environ['OMP_NUM_THREADS'] = '1'  # tests are small; threads that wait for each other only cost

REPOSITORY = Path(__file__).resolve().parents[1]
REAL = REPOSITORY.parent / 'shared' / 'real'


def pytest_sessionstart(session: pytest.Session) -> None:
    """Loads the stack, but not into a process that only hands tests to others (pytest-xdist's)."""
    if not session.config.getoption('numprocesses', None):
        import torch

        import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

        torch.set_num_threads(1)


def pytest_collection_finish() -> None:
    """Takes all that is loaded by now out of garbage collections; MMEngine asks for one with every dataset."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope='session', autouse=True)
def quick_runs() -> Iterator[None]:
    """Runs that begin quickly, each with a time of its own.

    MMEngine formats a config every time that it is logged or dumped, and asks compilers for their versions in every
    run; runs that begin in the same second would have one logger and one message hub.
    """
    from mmengine.config import config
    from mmengine.runner import runner

    format_code, formatted, began = config.FormatCode, {}, [0.0]

    def format_once(text: str, **style: object) -> tuple[str, bool]:  # there is one style
        if text not in formatted:
            formatted[text] = format_code(text, **style)
        return formatted[text]

    def next_second() -> float:
        began.append(max(time.time(), began.pop() + 1))
        return began[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, 'FormatCode', format_once)
        patch.setattr(runner, 'collect_env', functools.cache(runner.collect_env))
        patch.setattr(runner, 'time', SimpleNamespace(**dict(vars(time), time=next_second)))
        yield


@pytest.fixture(scope='session', autouse=True)
def quick_exports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Exports of which the same is made once, for all processes that run tests."""
    from tests.student_export import exported_once
    from unipose.commands.export import onnx_file

    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if 'PYTEST_XDIST_WORKER' in os.environ else folder) / 'exported'
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_file, '_exported', exported_once(onnx_file._exported, folder))
        yield


class Ran(NamedTuple):
    """How a tool ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture(scope='module', autouse=True)
def mmpose_scope() -> None:
    """Lets tests build MMPose's models without a runner, which says so itself; other tests may have said otherwise."""
    from mmengine.registry import init_default_scope

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
def run_main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Callable[..., Ran]:
    """Runs a program in this process: what it is, its name and its arguments."""

    def run(main: Callable[[], object], name: str, *arguments: object) -> Ran:
        monkeypatch.setattr(sys, 'argv', [name, *map(str, arguments)])
        try:
            code = main()
        except SystemExit as finished:
            code = finished.code
        return Ran(code or 0, *capsys.readouterr())

    return run


@pytest.fixture
def run_tool(run_main: Callable[..., Ran]) -> Callable[..., Ran]:
    """Runs one of tools/ in this process, by its file name."""

    def run(name: str, *arguments: object) -> Ran:
        def tool() -> None:
            runpy.run_path(str(REPOSITORY / 'tools' / name), run_name='__main__')

        return run_main(tool, name, *arguments)

    return run


@pytest.fixture
def limit_files() -> Iterator[Callable[[int | None], None]]:
    """Has no file grow beyond so many bytes, as on a full disk; None is as before."""
    import resource

    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int | None) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before if size is None else size, hard))

    yield limit
    limit(None)
