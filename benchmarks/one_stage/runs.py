"""One run of the experiment: a small RTMO is trained, and scored on held-out people."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from mmengine.runner import Runner, load_checkpoint

from unipose.commands.demo import generate_people
from unipose.files import write_json

from . import distiller, head, student  # noqa: F401  they register
from .pictures import WholePictures
from .rows import ROWS
from .scores import predict, score

WORK_DIRS = Path('work_dirs/rtmo')
_TRAIN, _VAL, _SEED = 800, 300, 1  # as the demo has them


def make_people() -> None:
    """Writes the demo's people, unless they are there."""
    generate_people(student.DATA, _TRAIN, _VAL, _SEED)


def run(name: str, seed: int, epochs: int = student.EPOCHS) -> dict[str, Any]:
    """Trains and scores a row, unless that is done."""
    work_dir = WORK_DIRS / f'{name}-seed{seed}'
    file = work_dir / 'scores.json'
    if file.is_file():
        return json.loads(file.read_text('utf-8'))
    _, pictures, taught = ROWS[name]
    config = student.config(pictures, taught, str(work_dir), seed, _epochs(pictures, epochs))
    begin = time.perf_counter()
    runner = Runner.from_cfg(config)
    runner.train()
    seconds = time.perf_counter() - begin
    averaged = next(hook for hook in runner.hooks if hook.__class__.__name__ == 'EMAHook').ema_model.module
    dataset = WholePictures(**{k: v for k, v in student.pictures('val', student.SEEN).items() if k != 'type'})
    result = dict(seconds=round(seconds), groups=score(predict(averaged, dataset), dataset.skeleton))
    write_json(file, result)
    return result


def _epochs(pictures: dict[str, int], epochs: int) -> int:
    """As many steps as with all pictures."""
    return round(epochs * sum(student.PICTURES.values()) / sum(pictures.values()))
