"""Runs of a rehearsal, each a training command of its own, and what they took."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from benchmarks.rehearsed.people import People
from benchmarks.rehearsed.setting import full_size_config, use_narrow_student, use_stand_in, use_stores

ROOT = Path(__file__).resolve().parents[2]
_LOOKS, _LOOKS_OF_AN_HOUR = 4, 24
_PREFETCHED = 2  # batches of each worker that are ready or being made; torch's default
_SHARE = ('rss', 'pss', 'own')


@dataclass(frozen=True)
class Run:
    """A training run that ends after so many steps.

    Args:
        way: ``'images'``: teachers online, from whole images; ``'stored'``: from stored targets and JPEG crops.
        processes: Ranks.
        workers: Of each rank.
        batch_size: Of each rank.
        steps: After how many it ends.
        step_ms: What the networks take of each.
        epoch_steps: Steps of an epoch, for which people are drawn more seldom, and the student is a narrow one; 0 for
            all people in each epoch, and the full-size student.
    """

    way: str
    processes: int
    workers: int
    batch_size: int
    steps: int
    step_ms: float
    epoch_steps: int = 0


def filling(workers: int) -> int:
    """Steps of batches that were begun while the first one was waited for."""
    return _PREFETCHED * workers


def measure(run: Run, people: People, unit: int, folder: Path) -> dict[str, Any]:
    """Makes a run, and says what it took.

    Args:
        run: The run.
        people: Whom it trains on.
        unit: Crops of a file.
        folder: For its logs and checkpoint; what an earlier one has left there goes.

    Returns:
        See :func:`summary`.

    Raises:
        ValueError: If it fails; the message ends with what it said.
    """
    file = prepare(run, people, unit, folder)
    launch = [sys.executable]
    if run.processes > 1:
        launch += ['-m', 'torch.distributed.run', '--standalone', f'--nproc_per_node={run.processes}']
    options = ['--launcher', 'pytorch'] if run.processes > 1 else []
    command = [*launch, 'tools/train.py', str(file), *options]
    # as torchrun has it
    environment = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1', CUDA_VISIBLE_DEVICES='')
    log = folder / 'log.txt'
    with log.open('w') as output:
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    if done.returncode:
        raise ValueError(f'{" ".join(command)} failed, see {log}: {log.read_text()[-2000:]}')
    for checkpoint in folder.glob('*.pth'):
        checkpoint.unlink()
    return summary(run, folder)


def prepare(run: Run, people: People, unit: int, folder: Path) -> Path:
    """Writes what a run needs, and its config, into an empty folder; see :func:`measure`."""
    shutil.rmtree(folder, ignore_errors=True)
    config = _config(run, people, unit, folder)
    file = folder / 'rehearsal.py'
    folder.mkdir(parents=True)
    config.dump(file)
    return file


def summary(run: Run, folder: Path) -> dict[str, Any]:
    """What a run took, of what :class:`benchmarks.rehearsed.probe.Probe` has written of each rank.

    Args:
        run: The run.
        folder: Its work dir.

    Returns:
        ``start``: seconds from the command to the events of the slowest rank. After the steps of batches that were
        begun while the first one was waited for: ``samples_per_second`` of all ranks; of a rank ``taking_ms`` and
        ``main_ms``, CPU milliseconds of a batch to take it and in all, and ``worker_ms``, of a sample in a worker.
        ``files``: the most of a rank and of a worker. ``memory``: MB of a rank and of all its workers, from the first
        look after that to the last, with what 1,000 steps add, by the last two thirds of the looks. ``checkpoint``.
    """
    ranks = [json.loads((folder / f'rank{number}.json').read_text()) for number in range(run.processes)]
    steady = [[look for look in rank['looks'] if look['steps'] >= filling(run.workers)] for rank in ranks]
    found = dict(
        start={event: max(rank['start'][event] for rank in ranks) for event in ranks[0]['start']},
        samples_per_second=sum(_rate(looks, run.batch_size) for looks in steady),
        files=dict(
            main=max(look['main']['files'] for looks in steady for look in looks),
            worker=max(worker['files'] for looks in steady for look in looks for worker in look['workers']),
        ),
    )
    costs = [_costs(looks, run.batch_size) for looks in steady]
    found |= {name: float(np.mean([cost[name] for cost in costs])) for name in costs[0]}
    found['memory'] = {name: _memory(steady[0], parts) for name, parts in dict(main=_main, workers=_workers).items()}
    return found | dict(checkpoint=ranks[0]['checkpoint'])


def _config(run: Run, people: People, unit: int, folder: Path) -> Config:
    config = full_size_config(people)
    if run.way == 'stored':
        use_stores(config, people, unit)
    use_stand_in(config, run.step_ms)
    loader = config.train_dataloader
    loader.update(batch_size=run.batch_size, num_workers=run.workers)
    if run.epoch_steps:
        use_narrow_student(config)
        share = run.epoch_steps * run.batch_size * run.processes / sum(people.numbers.values())
        for source in loader.dataset.sources.values():
            source.ratio = share
    config.work_dir = str(folder)
    looks = _LOOKS_OF_AN_HOUR if run.epoch_steps else _LOOKS
    probe = dict(type='Probe', began=time.time(), steps=run.steps, interval=max(run.steps // looks, 1))
    config.custom_hooks = [*config.custom_hooks, probe]
    return config


def _rate(looks: Sequence[Mapping[str, Any]], batch_size: int) -> float:
    first, last = looks[0], looks[-1]
    return batch_size * (last['steps'] - first['steps']) / (last['time'] - first['time'])


def _costs(looks: Sequence[Mapping[str, Any]], batch_size: int) -> dict[str, float]:
    first, last = looks[0], looks[-1]
    steps = last['steps'] - first['steps']
    workers = sum(worker['cpu'] for worker in last['workers']) - sum(worker['cpu'] for worker in first['workers'])
    return dict(
        taking_ms=1000 * (last['taking'] - first['taking']) / steps,
        main_ms=1000 * (last['cpu'] - first['cpu']) / steps,
        worker_ms=1000 * workers / steps / batch_size,
    )


def _main(look: Mapping[str, Any]) -> list[Mapping[str, float]]:
    return [look['main']]


def _workers(look: Mapping[str, Any]) -> list[Mapping[str, float]]:
    return look['workers']


def _memory(looks: Sequence[Mapping[str, Any]], parts: Any) -> dict[str, dict[str, float]]:
    """MB at the beginning and the end of looks, and what 1,000 steps add."""
    steps = np.array([look['steps'] for look in looks])
    settled = slice(len(looks) // 3, None)
    found = {}
    for kind in _SHARE:
        sizes = np.array([sum(part[kind] for part in parts(look)) for look in looks])
        slope = np.polyfit(steps[settled], sizes[settled], 1)[0] if len(steps[settled]) > 1 else float('nan')
        found[kind] = dict(first=sizes[0], last=sizes[-1], per_1000=1000 * slope)
    return found
