"""Teachers, said in a dict or by a known name each, and what follows from them: keypoints and canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config

from unipose.commands.init.teachers import chosen_teachers
from unipose.simcc import Canvas, Window
from unipose.skeletons import Skeleton, load_skeleton, union, with_midpoints
from unipose.teachers.entry import LOSS_WEIGHT_KEYS, checked_kind, taught_skeleton, window_of_entry


def entries_of(teachers: Mapping[str, Mapping[str, Any] | str], like: Config) -> dict[str, dict[str, Any]]:
    """Entries of a config, those of teachers that come along written out.

    Args:
        teachers: By name an entry, or the name of a teacher, see :func:`chosen_teachers`.
        like: The config of the student.

    Raises:
        ValueError: If there is no such teacher, or an entry is wrong.
    """
    known = chosen_teachers([said for said in teachers.values() if isinstance(said, str)], like)
    entries = {name: dict(known[said] if isinstance(said, str) else said) for name, said in teachers.items()}
    for name, entry in entries.items():
        checked_kind(_network(entry), f'teacher {name!r}')
    return entries


def union_of(annotated: Sequence[str], teachers: Mapping[str, Mapping[str, Any]]) -> tuple[str, Skeleton | None]:
    """The keypoints that people are annotated with, and then those that only teachers know.

    Args:
        annotated: Skeletons of the sources, by name or file.
        teachers: Entries.

    Returns:
        Names and files joined by ``+``; and what else teachers know who teach a part of a skeleton.
    """
    whole = [entry['skeleton'] for entry in teachers.values() if entry.get('skeleton') and not _in_part(entry)]
    names = dict.fromkeys(part for spec in (*annotated, *whole) if isinstance(spec, str) for part in spec.split('+'))
    joined, rest = '+'.join(names), []
    known = set(load_skeleton(joined).names) if joined else set()
    for name, entry in teachers.items():
        taught, aliases = _taught(entry, name), entry.get('aliases') or {}
        new = [keypoint for keypoint in taught.names if aliases.get(keypoint, keypoint) not in known]
        if new:
            rest.append(taught.select(new))
            known.update(new)
    return joined, union(*rest) if rest else None


def share_keypoints(teachers: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether two teachers know the same keypoint."""
    aliases = {name: entry.get('aliases') or {} for name, entry in teachers.items()}
    known = [{aliases[name].get(one, one) for one in _taught(entry, name).names} for name, entry in teachers.items()]
    return len(set().union(*known)) < sum(map(len, known))


def canvas_of(
    student_window: Window, teachers: Mapping[str, Mapping[str, Any]], paddings: Mapping[str, float]
) -> tuple[int, int]:
    """The smallest canvas that holds what the student and all teachers see, width and height.

    Args:
        student_window: What the student sees.
        teachers: Entries.
        paddings: The student's, by source.

    Raises:
        ValueError: If a teacher's window fits no canvas.
        FileNotFoundError: If a file of a teacher is missing.
    """
    windows = [window_of_entry(_network(entry), student_window, name) for name, entry in teachers.items()]
    fixed = Canvas.around(student_window, *(window for window in windows if isinstance(window, Window))).size
    needed = [window.needs(paddings) for window in windows if not isinstance(window, Window)]
    return tuple(max(sides) for sides in zip(fixed, *needed))


def _network(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in LOSS_WEIGHT_KEYS}


def _in_part(entry: Mapping[str, Any]) -> bool:
    return any(entry.get(key) for key in ('keypoints', 'derived', 'aliases'))


def _taught(entry: Mapping[str, Any], name: str) -> Skeleton:
    taught, derived = taught_skeleton(entry, f'teacher {name!r}'), entry.get('derived')
    return with_midpoints(taught, derived) if derived else taught
