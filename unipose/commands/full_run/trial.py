"""A small run of the same steps on this machine, which says what each of them costs."""

from __future__ import annotations

import contextlib
import io
import math
import os
import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from mmengine.config import Config
from mmpose.registry import MODELS

from unipose.caching import TargetStore
from unipose.checkpoints.without_starts import without_starts
from unipose.files.read_config import read_config
from unipose.teachers.networks import kind_of_entry

from .cost import Cost, Nobody, Stopwatch
from .few_people import copied, keep_few
from .needs import found_weights
from .people import People, count_people
from .setting import Setting
from .steps import CropStep, ScoreStep, Step, TargetStep, TrainStep, undone
from .training_watch import CHECKPOINT

_FEWEST = 3  # batches: the first does not count
_EPOCHS = 3  # the first sets memory up
_IMAGES = 4  # of each training source, for each batch that is measured
_SAMPLES = 64  # of the report: four batches
_CROPS_PER_FILE = 4  # so that every worker has some
_FOLDER = '.trial-'


@dataclass(frozen=True)
class Trial:
    """What was measured.

    Args:
        costs: By the step's name.
        notes: What is to be said of them.
    """

    costs: dict[str, Cost]
    notes: tuple[str, ...]


def measure(setting: Setting, people: People, names: Collection[str], batches: int) -> Trial:
    """Measures steps of a run on a few people, in a folder of its own that is removed afterwards.

    Teachers whose weights are missing have random ones, which take as long.

    Args:
        setting: The run.
        people: What is known of its people.
        names: Steps that are to be measured.
        batches: Batches of each kind of work, at least 3; the more, the surer.

    Raises:
        ValueError: If there is nothing to measure on, too few batches are asked for, or parts of the config do not fit.
    """
    if batches < _FEWEST:
        raise ValueError(f'of fewer than {_FEWEST} batches nothing can be measured. Got: {batches}')
    setting.work_dir.mkdir(parents=True, exist_ok=True)
    for left in setting.work_dir.glob(f'{_FOLDER}*'):  # by a command that was killed
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_FOLDER, dir=setting.work_dir) as folder:
        small, notes = _small(setting, people, Path(folder), batches)
        if TrainStep.name not in names:
            _take_student(setting, small)
        few = count_people(small.config)
        small = _repeated(small, few, batches)
        costs = {}
        for step in undone(small):
            if step.name not in names and isinstance(step, ScoreStep):  # the report and the card show scores
                shutil.copy(setting.metrics, small.metrics)
                shutil.copy(setting.table, small.table)
                continue
            with contextlib.redirect_stdout(io.StringIO()):  # where the real steps say what they have made
                cost = _cost(step, few, batches)
            slower = max(people.loading - few.loading, 0.0)
            rest, sizes = cost.rest + step.loads * slower, _sizes(step, few, setting)
            costs[step.name] = replace(cost, rest=rest, sizes=sizes)
    return Trial(costs, tuple(notes))


def _small(setting: Setting, people: People, folder: Path, batches: int) -> tuple[Setting, list[str]]:
    """The run, of a few people, a few epochs and a single stage."""
    config, notes = copied(setting.config), []
    config.work_dir, config.log_level = str(folder / 'run'), 'ERROR'
    config.custom_hooks = [hook for hook in config.get('custom_hooks') or () if 'switch_pipeline' not in hook]
    config.default_hooks = config.get('default_hooks') or {}
    config.default_hooks.pop('pictures', None)
    config.default_hooks.checkpoint = dict(type='CheckpointHook', interval=_EPOCHS)
    config.train_cfg.update(max_epochs=_EPOCHS, val_interval=_EPOCHS)
    notes += keep_few(config, 'train', people.train, _IMAGES * batches, folder)
    for phase in ('train', 'val', 'test'):
        loader = config.get(f'{phase}_dataloader')
        if loader:
            loader.num_workers = min(loader.get('num_workers', 0), os.cpu_count() or 1)
    for phase, found in (('val', people.val), ('test', people.test)):
        if config.get(f'{phase}_dataloader'):
            number = max(batches // 2, 2) * config[f'{phase}_dataloader'].batch_size
            notes += keep_few(config, phase, found, number, folder)
    notes += _with_teachers(config, folder)
    run = folder / 'run'
    run.mkdir()
    alone = dict(launcher='none', processes=1)
    return replace(
        setting, config=config, work_dir=run, crops_per_file=_CROPS_PER_FILE, samples=_SAMPLES, **alone
    ), notes


def _repeated(small: Setting, few: People, batches: int) -> Setting:
    """The same, its few people drawn so often that an epoch, and the views, have enough batches."""
    config, loader = small.config, small.config.train_dataloader
    samples = max(batches, 2 * loader.num_workers) * loader.batch_size
    for name, ratio in few.ratios.items():
        loader.dataset.sources[name].ratio = ratio * samples / few.drawn
    return replace(small, config=config, views=small.views and _enough_views(small, few, batches))


def _enough_views(small: Setting, few: People, batches: int) -> int:
    return math.ceil(batches * small.config.train_dataloader.batch_size / few.num_train)


def _cost(step: Step, few: People, batches: int) -> Cost:
    """Does a step, and says what it costs."""
    stopwatch = Stopwatch()
    if not isinstance(step, TargetStep) or step.setting.views:
        step.run(stopwatch)
        return stopwatch.cost()
    # as they are, the few people would be a batch or two; views of them take as long
    views = _enough_views(step.setting, few, batches)
    TargetStep(replace(step.setting, views=views)).run(stopwatch)
    cost = stopwatch.cost()
    shutil.rmtree(step.setting.targets)
    step.run(Nobody())
    return cost


def _with_teachers(config: Config, folder: Path) -> list[str]:
    """Gives teachers random weights where theirs are missing; says so, and of which that cannot be done."""
    notes = []
    for name, entry in config.model.teachers.items():
        if not entry:
            continue
        kind = kind_of_entry(entry, f'teacher {name!r}')
        if found_weights(str(entry[kind.weights_key]), is_folder=kind.key == 'transformers'):
            continue
        if kind.key != 'config':
            config.model.teachers[name] = None
            notes.append(f'teacher {name} is missing, and nobody knows its network: its time is not counted')
            continue
        model = MODELS.build(without_starts(read_config(entry['config'], what=f'config of teacher {name!r}').model))
        entry[kind.weights_key] = str(folder / f'random_{name}.pth')
        torch.save(dict(state_dict=model.state_dict()), entry[kind.weights_key])
        entry.pop('calibration', None)  # it is of the missing weights
        notes.append(f'teacher {name} is missing: measured with random weights')
    return notes


def _take_student(setting: Setting, small: Setting) -> None:
    """What follows training is measured on the student that there is."""
    shutil.copy(setting.checkpoint, small.checkpoint)
    (small.work_dir / 'last_checkpoint').write_text(str(small.checkpoint))
    for config in setting.work_dir.glob('*.py'):
        shutil.copy(config, small.work_dir)


def _sizes(step: Step, few: People, setting: Setting) -> dict[str, float]:
    """Bytes on disk of a step's units."""
    if isinstance(step, CropStep):
        return dict(crop=step.written() / few.num_train)
    if isinstance(step, TargetStep):
        return dict(view=TargetStore(next(step.setting.targets.iterdir())).dtype.itemsize)
    if isinstance(step, TrainStep):
        kept = ((setting.config.get('default_hooks') or {}).get('checkpoint') or {}).get('max_keep_ckpts', -1)
        return {'': kept * step.written()} if kept > 0 else {CHECKPOINT: step.written()}
    return {'': step.written()}
