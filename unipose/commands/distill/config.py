"""The config of a distillation, from plain dicts."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict
from yapf.yapflib.yapf_api import FormatCode

from unipose.batches.walk_pipeline import steps_of
from unipose.commands.train.stages import pipelines_of
from unipose.files import write_file
from unipose.files.read_config import Changes, read_config
from unipose.simcc import Window
from unipose.skeletons import load_skeleton

from .people import People, metrics_of, sources_of, tested_people
from .teachers import canvas_of, entries_of, share_keypoints, union_of

STUDENTS = {
    'rtmpose-t': 'distill_tiny',
    'rtmpose-s': 'distill_small',
    'rtmpose-m': 'distill_medium',
}
# what a run reads, in the order in which it is written down; tests are those of validation
_KEYS = (
    *('work_dir', 'model', 'train_dataloader', 'val_dataloader', 'val_evaluator', 'train_cfg', 'val_cfg'),
    *('optim_wrapper', 'param_scheduler', 'auto_scale_lr', 'randomness', 'load_from', 'resume'),
    *('default_hooks', 'custom_hooks', 'custom_imports', 'default_scope', 'env_cfg'),
    *('visualizer', 'log_processor', 'log_level'),
)
_STYLE = dict(based_on_style='facebook', column_limit=119)
_FILE = '''"""{count} keypoints, taught by {teachers} on {people}; written by unipose.distill.

    unipose train {file}
"""

{text}'''


def distillation_config(
    student: str | Path | Config,
    teachers: Mapping[str, Mapping[str, Any] | str],
    data: People,
    work_dir: str | Path,
    val: People | None = None,
    skeleton: str | Path | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    changes: Changes = None,
) -> Config:
    """Puts teachers and people in the place of those of a student's config; see :func:`unipose.distill`.

    Keypoints of a part of a skeleton, which has no name, go into ``skeleton.py`` in the work dir.

    Raises:
        ValueError: If something does not fit something else.
        OSError: If a file is missing or cannot be written.
    """
    config = _student(student)
    teachers, data, val, skeleton = map(_plain, (teachers, data, val or {}, skeleton))
    model, training = config.model, config.train_dataloader
    sources = sources_of(data, training.dataset.sources, 'data')
    annotated = {name: source['skeleton'] for name, source in sources.items() if source['skeleton'] is not None}
    entries = entries_of(teachers, config)
    skeleton = skeleton or _union(list(annotated.values()), entries, Path(work_dir) / 'skeleton.py')
    paddings = {name: source.get('padding', 1.25) for name, source in sources.items()}
    canvas = canvas_of(Window.finer(model.head.decoder.input_size, model.get('canvas_scale', 1.0)), entries, paddings)

    _set_teachers(model, entries)
    _set_dialects(model, annotated)
    model.skeleton, model.canvas_size = skeleton, canvas
    model.head.out_channels = len(load_skeleton(skeleton))
    for pipeline in pipelines_of(config).values():
        for step in steps_of(pipeline):
            if step['type'] == 'CanvasAffine':
                step['canvas_size'] = canvas
    training.dataset.skeleton, training.dataset.sources = skeleton, sources
    training.batch_size = batch_size or training.batch_size
    _set_validation(config, skeleton, tested_people(val, data))
    for phase in ('train', 'val'):
        if loader := config.get(f'{phase}_dataloader'):
            loader.num_workers = min(loader.get('num_workers', 0), os.cpu_count() or 1)
    if epochs is not None:
        _set_epochs(config, epochs)
    config = read_config(config, changes)
    config.work_dir = str(work_dir)
    for phase in ('train', 'val'):
        if (loader := config.get(f'{phase}_dataloader')) and not loader.num_workers:
            loader.persistent_workers = False
    return Config({key: config[key] for key in _KEYS if key in config})


def write_config(config: Config, file: Path) -> None:
    """Writes a config of :func:`distillation_config` to read, and to train from.

    Raises:
        OSError: If it cannot be written.
    """
    text = _FILE.format(
        count=config.model.head.out_channels,
        teachers=', '.join(config.model.teachers) or 'nobody',
        people=', '.join(config.train_dataloader.dataset.sources),
        file=file,
        text=_written(config),
    )
    write_file(file, text.encode())


def _written(content: Mapping[str, Any]) -> str:
    text = '\n'.join(Config({key: value}).pretty_text for key, value in content.items())
    return FormatCode(ast.unparse(ast.parse(text)), style_config=_STYLE)[0]  # without MMEngine's own line breaks


def _union(annotated: Sequence[str], teachers: Mapping[str, Any], file: Path) -> str:
    joined, rest = union_of(annotated, teachers)
    if rest is None:
        return joined
    write_file(file, _written(dict(dataset_info=rest.to_metainfo())).encode())
    return '+'.join(filter(None, (joined, str(file))))


def _plain(value: Any) -> Any:
    """What can be written into a config."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    return str(value) if isinstance(value, Path) else value


def _student(student: str | Path | Config) -> Config:
    try:
        config = read_config(STUDENTS.get(student, student) if isinstance(student, str) else student, what='student')
    except FileNotFoundError as error:
        raise FileNotFoundError(f'{error}; students by name are {", ".join(STUDENTS)}') from None
    model, dataset = config.get('model') or {}, (config.get('train_dataloader') or {}).get('dataset') or {}
    if (model.get('type'), dataset.get('type')) != ('MultiTeacherDistiller', 'UnifiedKeypointDataset'):
        raise ValueError(
            f'{config.filename} is no config of a student: it needs a model of type MultiTeacherDistiller and a '
            'UnifiedKeypointDataset to train on; give one such as configs/distill_small.py'
        )
    return config


def _set_teachers(model: ConfigDict, entries: Mapping[str, Any]) -> None:
    model.teachers = entries
    if model.get('combine') == 'fused' and not share_keypoints(entries):
        model.combine = 'separate'
    # weights that the head starts from are those of a teacher
    given = model.head.get('init_cfg') or []
    teachers = {entry.get('checkpoint') for entry in entries.values()}
    starts = given if isinstance(given, list) else [given]
    model.head.init_cfg = [start for start in starts if start.get('checkpoint') in {None, *teachers}] or None


def _set_dialects(model: ConfigDict, annotated: Mapping[str, str]) -> None:
    """Gives each source its dialect whose keypoints another one annotates too, if the student has dialects at all."""
    if not model.get('dialects'):
        return
    known = {name: set(load_skeleton(spec).names) for name, spec in annotated.items()}
    others = {name: set().union(*(known[other] for other in known if other != name)) for name in known}
    model.dialects = {name: dict(skeleton=annotated[name]) for name in known if known[name] & others[name]}
    if not model.dialects:
        model.dialects, model.test_cfg.dialects = None, False


def _set_validation(config: Config, skeleton: str, val: People) -> None:
    """Scores people while training and afterwards; nobody where there are none."""
    if not val:
        for part in ('dataloader', 'evaluator', 'cfg'):
            config.pop(f'val_{part}', None)
        return
    if not config.get('val_dataloader'):
        raise ValueError(f'{config.filename} has no val_dataloader, whose pipeline val needs; leave out val')
    dataset = config.val_dataloader.dataset
    dataset.skeleton, dataset.sources = skeleton, sources_of(val, dataset.sources, 'val')
    metrics = metrics_of(val, dataset.sources)
    config.val_evaluator = dict(type='UnifiedEvaluator', skeleton=skeleton, metrics=metrics)


def _set_epochs(config: Config, epochs: int) -> None:
    """Makes a schedule longer or shorter, all of its parts alike."""
    if epochs < 1:
        raise ValueError(f'epochs must be at least 1. Got: {epochs}')
    loop = config.train_cfg
    if not loop.get('max_epochs'):
        raise ValueError(
            f'{config.filename} has no train_cfg.max_epochs, so nothing is trained by epochs; leave them out'
        )
    ratio = epochs / loop.max_epochs
    loop.update(max_epochs=epochs, val_interval=min(loop.get('val_interval', 1), epochs))
    for schedule in config.get('param_scheduler') or ():
        schedule.begin = round(schedule.get('begin', 0) * ratio)
        schedule.end = max(round(schedule.end * ratio), schedule.begin + 1)
        if 'T_max' in schedule:
            schedule.T_max = schedule.end - schedule.begin
    for hook in config.get('custom_hooks') or ():
        if 'switch_epoch' in hook:
            hook.switch_epoch = round(hook.switch_epoch * ratio)
