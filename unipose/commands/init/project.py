"""The folder that `unipose init` writes."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from mmengine.config import Config

from unipose.checkpoints.shipped_configs import CONFIGS, locate_config
from unipose.files import write_file
from unipose.files.read_config import read_config

from .keypoints import COPY, in_config, is_file, names, own_parts, student_parts
from .layout import YOLO, layout_of
from .teachers import chosen_teachers, published_weights

_BASES = '_base_'


def write_project(folder: Path, skeleton: str, teachers: Sequence[str], data: Path | None, like: str) -> str:
    """Writes configs that train a student on people of one's own.

    Args:
        folder: The folder; made if it does not exist.
        skeleton: The keypoints of the annotations, as ``skeleton=`` of a config has them.
        teachers: Names of teachers, see :func:`unipose.commands.init.teachers.chosen_teachers`.
        data: Folder of the people, in COCO's format or with a ``data.yaml`` of Ultralytics; None for ``data`` within
            the folder.
        like: Name of the config that comes along whose student, schedule and augmentation it takes.

    Returns:
        The README that is written with them: what to do next.

    Raises:
        FileExistsError: If a file is in the way; nothing is written then.
        FileNotFoundError: If there is no such skeleton or config.
        ValueError: If there is no such teacher, or skeleton or config do not do.
    """
    config_file = locate_config(like)
    config = _training_config(config_file, like)
    entries, own = chosen_teachers(teachers, config), own_parts(skeleton)
    skeleton_file = next(filter(is_file, own), None)
    facts = dict(
        _facts_of_run(folder, config, entries),
        **_facts_of_data(folder, data),
        like=config_file.relative_to(CONFIGS).as_posix(),
        own=own,
        copy=skeleton_file and COPY,
        skeleton=student_parts((entry['skeleton'] for entry in entries.values()), own),
    )
    copies = {f'{_BASES}/{file.relative_to(CONFIGS)}': file for file in _with_bases(config_file)}
    if skeleton_file and Path(skeleton_file).resolve() != (folder / COPY).resolve():
        copies[COPY] = Path(skeleton_file)
    templates = {f'{facts["run"]}.py': 'distill.py.j2', 'data.py': 'data.py.j2', 'README.md': 'README.md.j2'}
    texts = {name: _rendered(template, facts) for name, template in templates.items()}
    _check_free(folder, [*copies, *texts])
    for name, file in copies.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / name)
    for name, text in texts.items():
        write_file(folder / name, text.encode())
    return texts['README.md']


def _training_config(file: Path, like: str) -> Config:
    if not file.is_relative_to(CONFIGS):
        raise ValueError(f'--like takes a config that comes along (`unipose configs`), and {like} is a file here')
    config = read_config(file)
    if (config.get('model') or {}).get('type') != 'MultiTeacherDistiller' or not config.get('train_dataloader'):
        raise ValueError(f'--like takes a training config of a student, such as distill_small. Got: {like}')
    return config


def _facts_of_run(folder: Path, config: Config, entries: Mapping[str, Any]) -> dict[str, Any]:
    known = [name for name, entry in (config.model.get('teachers') or {}).items() if entry]
    return dict(
        folder=folder.as_posix(),
        run=f'distill_{folder.absolute().name}',
        sources=list(config.train_dataloader.dataset.sources),
        teachers=entries,
        left_out=[name for name in known if name not in entries],
        dialects=bool(config.model.get('dialects')),
        weights=published_weights(entries, config),
        epochs=config.train_cfg.max_epochs,
        batch_size=config.train_dataloader.batch_size,
    )


def _facts_of_data(folder: Path, data: Path | None) -> dict[str, Any]:
    place = data or folder / 'data'
    layout, yolo = layout_of(place), YOLO if (place / YOLO).is_file() else None
    missing = [] if yolo else layout.missing(place)
    return dict(data=bool(data), place=place.as_posix(), layout=layout, yolo=yolo, missing=missing)


def _with_bases(file: Path) -> Iterator[Path]:
    """A config and all that it inherits."""
    yield file
    for statement in ast.parse(file.read_text(encoding='utf-8')).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == '_base_':
            bases = ast.literal_eval(statement.value)
            for base in [bases] if isinstance(bases, str) else bases:
                yield from _with_bases((file.parent / base).resolve())


def _rendered(template: str, facts: Mapping[str, Any]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, '.'),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(in_config=in_config, names=names)
    return environment.get_template(template).render(facts, bases=_BASES)


def _check_free(folder: Path, files: Sequence[str]) -> None:
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise FileExistsError(f'{folder} has {", ".join(taken)}, and nothing is written over; name another folder')
