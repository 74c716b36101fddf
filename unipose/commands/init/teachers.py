"""Teachers that come along, by name, and what is to be downloaded for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from mmengine.config import Config

from unipose.checkpoints.licences import starts
from unipose.checkpoints.manifest import find_entry, load_manifest
from unipose.checkpoints.shipped_configs import CONFIGS
from unipose.files.read_config import read_config
from unipose.teachers.networks import kind_of_entry


def chosen_teachers(names: Sequence[str], like: Config) -> dict[str, dict[str, Any]]:
    """Entries of teachers.

    Args:
        names: Keys of ``model.teachers`` of ``like``, of a fragment ``_base_/teachers_*.py``, or of
            ``teachers/entries.py``, looked up in this order.
        like: A training config.

    Raises:
        ValueError: If there is no such teacher.
    """
    known = {name: entry for name, entry in read_config('teachers/entries').items() if isinstance(entry, Mapping)}
    for file in sorted(CONFIGS.glob('_base_/teachers_*.py'), reverse=True):
        known |= read_config(file).distillation.teachers
    known |= {name: entry for name, entry in (like.model.get('teachers') or {}).items() if entry}
    unknown = [name for name in names if name not in known]
    if unknown:
        close = ', '.join(match for name in unknown for match in get_close_matches(name, known))
        raise ValueError(
            f'there is no teacher {", ".join(unknown)}{f"; close are {close}" if close else ""}. There are '
            f'{", ".join(known)}'
        )
    return {name: known[name].to_dict() for name in names}


def published_weights(teachers: Mapping[str, Mapping[str, Any]], like: Config) -> list[str]:
    """Names, as ``unipose download`` takes them, of the published weights that a run begins with.

    Args:
        teachers: Its teachers' entries.
        like: The config whose student it trains.
    """
    files = [str(entry[kind_of_entry(entry, name).weights_key]) for name, entry in teachers.items()]
    files += [file for _, file in starts(like)]
    of_hub = {entry.hub: entry for entry in load_manifest().values() if entry.hub}
    listed = [find_entry(file) or of_hub.get(file) for file in files]
    return list(dict.fromkeys(entry.name for entry in listed if entry))
