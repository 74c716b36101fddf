"""One row with one seed: trained, scored, and kept as a file that a fresh clone goes on from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
from mmengine.config import Config

import benchmarks.quality.contestants  # noqa: F401  registers them
from benchmarks.finished import load_finished, recipe_text, train_once
from benchmarks.quality.facts import person_facts
from benchmarks.quality.people import SPLITS
from benchmarks.quality.rows import ROWS, TEACHERS
from benchmarks.quality.scores import PersonScores
from unipose.commands.cache import cache_teachers
from unipose.commands.calibrate import calibrate_teacher
from unipose.commands.demo import save_weights, train
from unipose.commands.train.stages import use_stored_targets
from unipose.evaluation.evaluate import evaluate_checkpoint, evaluate_teacher
from unipose.files import write_json

CONFIGS = Path('configs/benchmark')
RESULTS = Path('benchmarks/results/quality')
WEIGHTS = Path('teachers/benchmark')
WORK_DIRS = Path('work_dirs/quality')


class _NotYetError(ValueError):
    """The length of a run depends on the times of runs that are not finished, or were not timed."""


def make_part(name: str) -> None:
    """Trains the backbone or a teacher, unless its weights are there, and calibrates the teacher on dev."""
    file = WEIGHTS / f'{name}.pth'
    if not file.is_file():
        config = benchmark_config(name)
        config.work_dir = str(WORK_DIRS / name)
        config.default_hooks.checkpoint.interval = 1  # a stopped run goes on after its last epoch, which are long
        save_weights(train(config), file, prefix='backbone.' if name == 'backbone' else '')
    if name in TEACHERS:
        calibration = WEIGHTS / calibration_name(name)
        if not calibration.is_file():
            calibrate_teacher(teaching_config(name), TEACHERS[name][0]).calibration.save(calibration)


def calibration_name(teacher: str) -> str:
    """Name of the file that a teacher's calibration lies in."""
    return f'{teacher.replace("teacher", "calibration")}.json'


def teaching_config(name: str) -> Config:
    """The config of a student that a teacher teaches."""
    config = benchmark_config('distill')
    config.merge_from_dict(dict(TEACHERS[name][1]))
    return config


def row_config(name: str, seed: int) -> Config:
    """The config that a row is trained with."""
    row = ROWS[name]
    config = benchmark_config('distill')
    config.merge_from_dict(dict(row.options))
    config.randomness.seed = seed
    epochs = _epochs_of_equal_time(name) if row.equal_time_to else row.epochs
    if epochs:
        _set_epochs(config, epochs)
    if row.stored_views:
        use_stored_targets(config, _target_folder(name, seed))
    return config


def benchmark_config(name: str) -> Config:
    """A config of the benchmark, without the pictures of a run, which change nothing in it."""
    config = Config.fromfile(CONFIGS / f'{name}.py')
    config.default_hooks.pop('pictures')
    return config


def run_row(name: str, seed: int, split: str) -> None:
    """Trains and scores a student; what is done already is not done again.

    Args:
        name: One of :data:`benchmarks.quality.rows.ROWS`, or of :data:`TEACHERS`, which are scored only.
        seed: The run's seed.
        split: ``'dev'`` or ``'test'``.
    """
    if is_done(name, seed, split):
        return
    recipe = recipe_digest(name, seed)  # before training: what is edited meanwhile does not count
    if name in TEACHERS:
        config = on_split(teaching_config(name), split)
        evaluation, facts = evaluate_teacher(config, TEACHERS[name][0]), dict(title=name.replace('_', ' '))
    else:
        trained_as = ROWS[name].trained_as or name
        checkpoint, training = trained(trained_as, seed)
        facts = dict(title=ROWS[name].title, **training)
        config = on_split(row_config(name, seed), split)
        evaluation = evaluate_checkpoint(config, checkpoint)
    people = person_facts(evaluation, config)
    write_json(
        result_file(name, seed, split),
        dict(
            name=name,
            seed=seed,
            split=split,
            recipe=recipe,
            **facts,
            columns=PersonScores(people).columns(),
            metrics=evaluation.metrics,
            people=people,
        ),
    )


def result_file(name: str, seed: int, split: str) -> Path:
    """Where a finished run's result lies."""
    return RESULTS / split / f'{name}-seed{seed}.json'


def load_result(name: str, seed: int, split: str) -> dict[str, Any] | None:
    """A finished run's result, or None if there is none, or only one of another recipe."""
    return load_finished(result_file(name, seed, split), lambda: recipe_digest(name, seed))


def is_done(name: str, seed: int, split: str) -> bool:
    """Whether a run's result is there."""
    return load_result(name, seed, split) is not None


def recipe_digest(name: str, seed: int) -> str | None:
    """What a result depends on: the config, the people, and the weights that students start and learn from.

    Returns:
        A digest of it; None as long as some of it is not there yet.
    """
    try:
        return _digest(name, seed)
    except (_NotYetError, FileNotFoundError):
        return None


def _digest(name: str, seed: int) -> str:
    if name in TEACHERS:
        config, files = benchmark_config(name), [WEIGHTS / f'{name}.pth']
    else:
        config = row_config(name, seed)
        entries = [entry for entry in (config.model.get('teachers') or {}).values() if entry]
        files = [Path(entry[key]) for entry in entries for key in ('checkpoint', 'calibration') if entry.get(key)]
        files.append(Path(config.model.backbone.init_cfg.checkpoint))
    people = [SPLITS[split] for split in ('teachers' if name in TEACHERS else 'train', 'dev', 'test')]
    digest = hashlib.sha256(f'{recipe_text(config)}{people}'.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def on_split(config: Config, split: str) -> Config:
    """The config, scored on a split of the people; it names those of ``dev``."""
    text = json.dumps(config.test_dataloader.to_dict()), json.dumps(config.test_evaluator.to_dict())
    loader, evaluator = (json.loads(part.replace('/dev/', f'/{split}/')) for part in text)
    config.test_dataloader, config.test_evaluator = loader, evaluator
    return config


def trained(name: str, seed: int) -> tuple[Path, dict[str, Any]]:
    """Trains, unless that is done for this recipe; returns the last checkpoint, and how long it took if at one go."""

    def prepare() -> Config:
        config = row_config(name, seed)
        if ROWS[name].stored_views:
            cache_teachers(config, _target_folder(name, seed), ROWS[name].stored_views)
        return config

    return train_once(WORK_DIRS / f'{name}-seed{seed}-{recipe_digest(name, seed)}', prepare, train)


def _target_folder(name: str, seed: int) -> Path:
    return WORK_DIRS / f'{name}-seed{seed}-targets'


def _epochs_of_equal_time(name: str) -> int:
    """Epochs that take as long as another row's, by the time that one epoch of each took with the first seed."""
    per_epoch = {}
    for other in ('no_teachers', ROWS[name].equal_time_to):
        result = load_result(other, 0, 'dev')
        if result is None:
            raise _NotYetError(f'{name} needs the result of {other} with seed 0 first')
        if 'train_seconds' not in result:
            raise _NotYetError(
                f'{name} needs the time of {other} with seed 0, which was interrupted; delete '
                f'{result_file(other, 0, "dev")} and {WORK_DIRS}/{other}-seed0-{result["recipe"]}, and run it again'
            )
        per_epoch[other] = result['train_seconds'] / result['epochs'], result['epochs']
    (own, _), (theirs, epochs) = per_epoch.values()
    return round(epochs * theirs / own)


def _set_epochs(config: Config, epochs: int) -> None:
    config.train_cfg.max_epochs = epochs
    config.param_scheduler[1].update(end=epochs, T_max=epochs)
