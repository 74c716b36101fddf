"""One run of the experiment: a small RTMO is trained, and scored on held-out people."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from mmengine.runner import Runner
from mmpose.registry import DATASETS

from unipose.commands.demo import generate_people
from unipose.files import write_json

from . import distiller, head, pictures, student  # noqa: F401  they register
from .rows import ROWS
from .scores import predict, score

WORK_DIRS, RESULTS = Path('work_dirs/rtmo'), Path('benchmarks/results/rtmo')
_TRAIN, _VAL, _SEED = 800, 300, 1  # as the demo has them


def make_people() -> None:
    """Writes the demo's people, unless they are there."""
    generate_people(student.DATA, _TRAIN, _VAL, _SEED)


def run(name: str, seed: int) -> dict[str, Any]:
    """Trains and scores a row, unless that is done."""
    file = RESULTS / f'{name}-seed{seed}.json'
    if file.is_file():
        return json.loads(file.read_text('utf-8'))
    _, count, taught = ROWS[name]
    config = student.config(count, taught, str(WORK_DIRS / file.stem), seed, _epochs(count))
    begin = time.perf_counter()
    runner = Runner.from_cfg(config)
    runner.train()
    seconds = time.perf_counter() - begin
    averaged = next(hook for hook in runner.hooks if hook.__class__.__name__ == 'EMAHook').ema_model.module
    dataset = DATASETS.build(student.pictures('val', student.SEEN))
    result = dict(seconds=round(seconds), groups=score(predict(averaged, dataset), dataset.skeleton))
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, result)
    return result


def _epochs(count: dict[str, int]) -> int:
    """As many as make the steps of all pictures."""
    return round(student.EPOCHS * sum(student.PICTURES.values()) / sum(count.values()))
