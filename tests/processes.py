"""Scripts in processes of their own, which begin at once: a server that has the stack loaded forks them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import runpy
import socket
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import torch

REPOSITORY = Path(__file__).resolve().parents[1]
# importing MMEngine asks for GPUs, and whoever has found one cannot use it after a fork
_CONTEXT = multiprocessing.get_context('spawn' if torch.cuda.is_available() else 'forkserver')
_CONTEXT.set_forkserver_preload(['unipose.registration', 'unipose.commands.train.run', 'unipose.commands.cache'])
_TIMEOUT = 300  # seconds


def start(script: str | Path, *arguments: object, log: Path, **environment: object) -> BaseProcess:
    """Starts a script of the repository.

    Args:
        script: Its path within the repository.
        arguments: What follows it on the command line.
        log: The file for what it prints.
        environment: What its environment has besides this process's.
    """
    if _CONTEXT.get_start_method() == 'forkserver':
        with pytest.MonkeyPatch.context() as patch:  # the server keeps what it starts with
            patch.setenv('PYTHONPATH', str(REPOSITORY))
            patch.chdir(REPOSITORY)
            forkserver.ensure_running()
    command = [str(REPOSITORY / script), *map(str, arguments)]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, str(value))
        process = _CONTEXT.Process(target=_run, args=(command, dict(os.environ), os.getcwd(), log))
        process.start()
    return process


def finish(process: BaseProcess, log: Path) -> None:
    """Waits for a script and asserts that it ends well."""
    process.join(_TIMEOUT)
    _end(process)
    assert process.exitcode == 0, log.read_text()[-3000:]


def wait_for(found: Callable[[], object], process: BaseProcess, log: Path) -> None:
    """Waits until something is found that a script makes, and asserts that it runs until then.

    Args:
        found: Whether it is there.
        process: The script.
        log: Its log.
    """
    for _ in range(_TIMEOUT * 10):
        if found():
            return
        assert process.is_alive(), f'it ended by itself: {log.read_text()[-3000:]}'
        time.sleep(0.1)
    raise AssertionError(f'it did not come: {log.read_text()[-3000:]}')


def together(script: str | Path, *arguments: object, log: Path, count: int = 2) -> None:
    """Runs a script in several processes, as torchrun does, and asserts that all end well."""
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    shared = dict(WORLD_SIZE=count, MASTER_ADDR='127.0.0.1', MASTER_PORT=port, CUDA_VISIBLE_DEVICES='')
    logs = [log.with_name(f'{log.name}.{rank}') for rank in range(count)]
    running = [
        start(script, *arguments, log=log, RANK=rank, LOCAL_RANK=rank, **shared) for rank, log in enumerate(logs)
    ]
    while left := [process for process in running if process.is_alive()]:
        if any(process.exitcode for process in running) or not wait([one.sentinel for one in left], _TIMEOUT):
            break
    for process in running:  # one that fails leaves others waiting
        _end(process)
    assert all(process.exitcode == 0 for process in running), '\n'.join(log.read_text()[-3000:] for log in logs)


def _end(process: BaseProcess) -> None:
    if process.is_alive():
        process.kill()
        process.join()


def _run(command: Sequence[str], variables: dict[str, str], folder: str, log: Path) -> None:
    """What the new process does."""
    gc.freeze()  # garbage collections would copy what the server has loaded
    with log.open('ab', buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    sys.argv = list(command)
    runpy.run_path(command[0], run_name='__main__')
