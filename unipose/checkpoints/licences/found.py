"""Where the licences are found of what a config trains a student from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from unipose.checkpoints.manifest import ManifestEntry, find_entry, load_manifest, sha256_file

from .inherited import Inherited, from_plain
from .licence import NONE_STATED, Licence

_WEIGHTS = ('checkpoint', 'onnx', 'transformers')  # keys of a teacher's entry, one of which names its weights
_PARTS = ('backbone', 'neck', 'head')
_KEY = 'licences'  # in a checkpoint's meta and among the facts of an ONNX file


def licences_of_run(meta: Mapping[str, Any], config: Mapping[str, Any], file: object) -> tuple[Inherited, ...]:
    """What a trained student comes from.

    Args:
        meta: What its checkpoint says of itself.
        config: Its training config, which tells as much as it can where the checkpoint does not say.
        file: The checkpoint, for messages.

    Raises:
        ValueError: If what it says is damaged.
    """
    return from_plain(meta[_KEY], file) if _KEY in meta else licences_of_config(config)


def licences_of_config(config: Mapping[str, Any]) -> tuple[Inherited, ...]:
    """What a student of a training config comes from: its teachers, the sources that are drawn from, its first weights.

    A licence is what ``license`` says beside a teacher's or a source's other keys. Of weights it is else what the
    manifest says of a file of this name or content; and one that unipose trained hands on what it came from.

    Args:
        config: A training config.

    Raises:
        ValueError: If a licence is none, or a file damaged.
    """
    found = []
    for name, entry in (config.get('model', {}).get('teachers') or {}).items():
        if entry:
            file = next((str(entry[key]) for key in _WEIGHTS if entry.get(key)), '')
            found += _of_weights('teacher', name, file, entry.get('license'))
    dataset = (config.get('train_dataloader') or {}).get('dataset') or {}
    for name, source in (dataset.get('sources') or {}).items():
        if source and source.get('ratio', 1.0):
            found.append(Inherited('source', name, Licence.of(source.get('license'), f'source {name!r}')))
    for _, file in starts(config):
        found += _of_weights('start', Path(file).name, file)
    return tuple(dict.fromkeys(found))


def starts(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Files of weights that training begins with, by the part of the model that they are for, or ``all``."""
    for part in _PARTS:
        inits = (config.get('model', {}).get(part) or {}).get('init_cfg') or []
        for init in [inits] if isinstance(inits, Mapping) else inits:
            if init.get('checkpoint'):
                yield part, init['checkpoint']
    if config.get('load_from') and not config.get('resume'):  # a resumed run goes on from a checkpoint of its own
        yield 'all', config['load_from']


def _of_weights(kind: str, name: str, file: str, given: Any = None) -> list[Inherited]:
    itself = Inherited(kind, name, NONE_STATED)
    if given is not None:
        return [Inherited(kind, name, Licence.of(given, str(itself)))]
    entry = _listed(file)
    path = None if entry else _located(file)
    if path is not None:
        handed_on = from_plain(_said_by(path), path)
        if handed_on:
            return [one.handed_on_by(str(itself)) for one in handed_on]
        entry = _of_content(path)
    return [Inherited(kind, name, Licence.of(entry.license))] if entry else [itself]


def _listed(file: str) -> ManifestEntry | None:
    return find_entry(file) or next((entry for entry in load_manifest().values() if file == entry.hub), None)


def _located(file: str) -> Path | None:
    from unipose.checkpoints.loading import resolve_checkpoint  # loads torch, which names alone do not need

    try:
        return resolve_checkpoint(file) if file else None
    except FileNotFoundError:
        return None


def _said_by(path: Path) -> Any:
    """What a file says that its network came from; nothing if unipose did not write it."""
    from unipose.checkpoints.loading import read_checkpoint
    from unipose.files.onnx.metadata import read_metadata
    from unipose.files.onnx.session import open_session

    if path.suffix == '.onnx':
        try:
            return read_metadata(open_session(path, threads=1), path).get(_KEY, ())
        except ImportError:  # without onnxruntime nothing here reads it
            return ()
    meta = read_checkpoint(path, 'meta').get('meta')
    return meta.get(_KEY, ()) if isinstance(meta, Mapping) else ()


def _of_content(path: Path) -> ManifestEntry | None:
    digest = sha256_file(path)
    known = (entry for entry in load_manifest().values() if entry.digest)
    return next((entry for entry in known if digest.startswith(entry.digest)), None)
