"""One row with one seed: trained, scored, and kept as a file that a fresh clone goes on from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
from mmengine.config import Config

import benchmarks.quality.contestants  # noqa: F401  registers them
from benchmarks.finished import load_finished, recipe_text, train_once
from benchmarks.quality.facts import person_facts
from benchmarks.quality.runs import on_split
from benchmarks.quality.scores import PersonScores
from benchmarks.real.people import DATA
from benchmarks.real.rows import MAIN_SEEDS, PROXY, ROWS
from unipose.commands.cache import cache_teachers
from unipose.commands.calibrate import calibrate_teacher
from unipose.commands.demo import train
from unipose.commands.export.deployed_student import load_exportable
from unipose.commands.export.export import export
from unipose.commands.export.pictures import check_pictures
from unipose.commands.train.config import use_mixed_precision
from unipose.commands.train.stages import use_stored_targets
from unipose.compute.precision import has_fast_bf16
from unipose.evaluation.evaluate import Evaluation, evaluate_checkpoint, evaluate_teacher
from unipose.files import write_json

CONFIGS = Path('configs/real_people')
RESULTS = Path('benchmarks/results/real_people')
WORK_DIRS = Path('work_dirs/real_people')
TEACHERS = dict(coco='MoveNet Thunder', mpii='EfficientPose-II-Lite')
"""By name among the student's teachers, which is that of the people whom each is calibrated and scored on."""


def teacher_files() -> list[Path]:
    """Where the teachers' files lie."""
    return [Path(_read('student').model.teachers[name].onnx) for name in TEACHERS]


def calibrate(teacher: str, source: str) -> None:
    """Calibrates a teacher on dev people, unless that is done.

    Args:
        teacher: Its name.
        source: Whom it is calibrated on. It has seen the people of COCO and MPII in its own training, or people of the
            same pictures, which flatters its confidence; those called ``lsp`` are LSPET's, which it has not.
    """
    file = CONFIGS / f'calibration_{teacher}_{source}.json'
    if not file.is_file():
        calibrate_teacher(_read('student'), teacher, source).calibration.save(file)


def row_config(name: str, seed: int) -> Config:
    """The config that a row is trained with, without what it learns from the store."""
    row = ROWS[name]
    config = _read(row.config)
    config.merge_from_dict(dict(row.options))
    config.randomness.seed = seed
    config.train_cfg.max_epochs = row.epochs
    config.param_scheduler[1].update(end=row.epochs, T_max=row.epochs)
    return config


def store_targets(name: str) -> None:
    """Asks the teachers for what a row learns from, as far as that is not done; a teacher that is trained is first."""
    if ROWS[name].proxy:
        store_targets(ROWS[name].proxy)
        student = load_exportable(_train(ROWS[name].proxy, MAIN_SEEDS[0])[0])
        export(student, PROXY, check_pictures(student))
    cache_teachers(row_config(name, seed=0), _target_folder(name), ROWS[name].views, shard_size=512)


def _target_folder(name: str) -> Path:
    return WORK_DIRS / 'targets' / f'{ROWS[name].config}-{ROWS[name].targets}'


def run_row(name: str, seed: int, split: str) -> None:
    """Trains and scores a student; what is done already is not done again.

    Args:
        name: One of :data:`benchmarks.real.rows.ROWS`.
        seed: The run's seed.
        split: ``'dev'`` or ``'test'``.
    """
    if load_result(name, seed, split) is not None:
        return
    checkpoint, facts = _train(name, seed)
    config = on_split(row_config(name, seed), split)
    _keep(name, seed, split, [evaluate_checkpoint(config, checkpoint)], config, **facts)


def _train(name: str, seed: int) -> tuple[Path, dict[str, Any]]:
    """Trains, unless that is done: the checkpoint, and facts of the training."""
    recipe = recipe_digest(name, seed)  # before training: what is edited meanwhile does not count
    checkpoint, facts = train_once(
        WORK_DIRS / f'{name}-seed{seed}-{recipe}', lambda: _training_config(name, seed), train
    )
    return checkpoint, dict(facts, recipe=recipe)


def score_teacher(teacher: str, split: str) -> None:
    """Scores a teacher, through the student's canvas, on its own people, and on LSP's if it knows all their joints."""
    if result_file(f'teacher_{teacher}', 0, split).is_file():
        return
    config = on_split(_read('student'), split)
    sources = [teacher, *['lsp'] * (teacher == 'mpii')]
    found = [evaluate_teacher(config, teacher, source, flip_test=False, canvas=True) for source in sources]
    _keep(f'teacher_{teacher}', 0, split, found, config)


def _keep(name: str, seed: int, split: str, evaluations: Sequence[Evaluation], config: Config, **facts: Any) -> None:
    """Writes what evaluations of different sources found into a run's file."""
    people, metrics = {}, {}
    for evaluation in evaluations:
        people |= person_facts(evaluation, config)
        metrics |= evaluation.metrics
    content = dict(facts, columns=PersonScores(people).columns(), metrics=metrics, people=people)
    write_json(result_file(name, seed, split), dict(name=name, seed=seed, split=split, **content))


def result_file(name: str, seed: int, split: str) -> Path:
    """Where a finished run's result lies."""
    return RESULTS / split / f'{name}-seed{seed}.json'


def load_result(name: str, seed: int, split: str) -> Mapping[str, Any] | None:
    """A finished run's result, or None if there is none, or only one of another recipe."""
    return load_finished(result_file(name, seed, split), lambda: recipe_digest(name, seed))


def recipe_digest(name: str, seed: int) -> str:
    """Digest of what a result depends on: config, people, and the weights that students start and learn from."""
    row, config = ROWS[name], row_config(name, seed)
    teachers = [entry for entry in (config.model.get('teachers') or {}).values() if entry]
    files = [Path(entry[key]) for entry in teachers for key in ('onnx', 'calibration') if entry.get(key)]
    files = [file for file in files if file != PROXY]
    files += [Path(config.model.backbone.init_cfg.checkpoint)] if config.model.backbone.get('init_cfg') else []
    files += sorted(DATA.glob('*/*/people.json'))
    digest = hashlib.sha256(f'{recipe_text(config)}{row.targets}{row.views}'.encode())
    if row.proxy:
        digest.update(recipe_digest(row.proxy, MAIN_SEEDS[0]).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _training_config(name: str, seed: int) -> Config:
    """The config that a row is trained with, replaying what :func:`store_targets` has stored for it."""
    config = row_config(name, seed)
    if ROWS[name].targets:
        use_stored_targets(config, _target_folder(name))
    if has_fast_bf16('cpu'):
        use_mixed_precision(config)
    return config


def _read(name: str) -> Config:
    """A config of the comparison, without the pictures of a run, which change nothing in it."""
    config = Config.fromfile(CONFIGS / f'{name}.py')
    config.default_hooks.pop('pictures')
    return config
