"""One run of the experiment: a small RTMO is trained, and scored on held-out people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmpose.registry import DATASETS

from unipose.commands.demo import generate_people, train
from unipose.evaluation.configs import student_config
from unipose.evaluation.load_model import load_model
from unipose.files import write_json
from unipose.files.read_config import read_config

from .rows import ROWS
from .scores import predict, score

CONFIG = 'configs/demo/distill_rtmo.py'
WORK_DIRS, RESULTS = Path('work_dirs/rtmo'), Path('benchmarks/results/rtmo')
_TRAIN, _VAL, _SEED = 800, 300, 1  # as the demo has them


def make_people() -> None:
    """Writes the demo's people, unless they are there."""
    generate_people('data/demo', _TRAIN, _VAL, _SEED)


def config_of(name: str, seed: int = 0) -> Config:
    """Config of a row: the demo's, in as many steps whatever the pictures."""
    _, sources, is_taught = ROWS[name]
    config = read_config(CONFIG)
    given, stages = config.train_dataloader.dataset.sources, config.custom_hooks[0].stages
    factor = len(given) // len(sources)
    config.train_dataloader.dataset.sources = {source: given[source] for source in sources}
    config.train_dataloader.update(num_workers=0, persistent_workers=False)
    if not is_taught:
        config.model.teachers = None
    epochs = factor * config.train_cfg.max_epochs
    config.train_cfg.update(max_epochs=epochs, val_interval=epochs + 1)
    config.param_scheduler[1].update(end=epochs, T_max=epochs)
    config.custom_hooks[0].stages = {factor * int(epoch): values for epoch, values in stages.items()}
    config.randomness.seed = seed
    config.work_dir = str(WORK_DIRS / f'{name}-seed{seed}')
    return config


def held_out(config: Config) -> Config:
    """The same with both datasets' held-out people to be tested on."""
    config = student_config(config)
    mpii = dict(type='MpiiDataset', data_root='data/demo/mpii/', data_prefix=dict(img='images/'))
    config.test_dataloader.dataset.sources.mpii = dict(
        skeleton='mpii', padding=0.9375, boxes='keypoints', dataset=dict(mpii, ann_file='annotations/mpii_val.json')
    )
    return config


def run(name: str, seed: int) -> dict[str, Any]:
    """Trains and scores a row, unless that is done."""
    file = RESULTS / f'{name}-seed{seed}.json'
    if file.is_file():
        return json.loads(file.read_text('utf-8'))
    config = config_of(name, seed)
    checkpoint = train(config)
    tested = held_out(config)
    dataset = DATASETS.build(tested.test_dataloader.dataset)
    model = load_model(tested, checkpoint, 'student')
    result = dict(groups=score(predict(model, dataset), dataset.skeleton))
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, result)
    return result
