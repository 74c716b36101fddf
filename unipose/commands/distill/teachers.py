"""Teachers, said in a dict or by a known name each, and what follows from them: keypoints and canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unipose.checkpoints.manifest import load_manifest
from unipose.files.read_config import read_config
from unipose.simcc import Canvas, View
from unipose.skeletons import Skeleton, load_skeleton, with_midpoints
from unipose.skeletons.loading import SkeletonSpec
from unipose.teachers.entry import LOSS_WEIGHT_KEYS, checked_kind, taught_skeleton, view_of_entry

_CONFIGS = 'configs/teachers'
_KINDS = ('teacher', 'optional')


def entries_of(teachers: Mapping[str, Mapping[str, Any] | str]) -> dict[str, dict[str, Any]]:
    """Entries of a config, those of known teachers written out.

    Raises:
        ValueError: If a name is not known, or an entry is wrong.
        FileNotFoundError: If this copy of unipose lacks the configs of known teachers.
    """
    entries = {name: known_teacher(said) if isinstance(said, str) else dict(said) for name, said in teachers.items()}
    for name, entry in entries.items():
        checked_kind(_network(entry), f'teacher {name!r}')
    return entries


def known_teacher(name: str) -> dict[str, Any]:
    """The entry of a published teacher, by the name that ``unipose download`` has for it.

    Raises:
        ValueError: If there is no such teacher.
        FileNotFoundError: If this copy of unipose lacks its config.
    """
    known = {key: entry for key, entry in load_manifest().items() if entry.kind in _KINDS}
    if name not in known:
        raise ValueError(
            f'there is no known teacher {name!r}; there are {", ".join(known)}. Any other is said as a dict: config '
            'and checkpoint, onnx or transformers; and skeleton'
        )
    published = known[name]
    for entry in read_config(f'{_CONFIGS}/entries.py').to_dict().values():
        weights = entry.get('transformers') or Path(entry.get('onnx', '')).name
        if weights in (published.hub, published.file):
            return entry
    return dict(config=f'{_CONFIGS}/{name}.py', checkpoint=f'teachers/{published.file}', skeleton=published.skeleton)


def union_of(annotated: Sequence[SkeletonSpec], teachers: Mapping[str, Mapping[str, Any]]) -> SkeletonSpec:
    """The keypoints that people are annotated with, and then those that only teachers know.

    Args:
        annotated: Skeletons of the sources.
        teachers: Entries.

    Returns:
        Names joined by ``+``, as far as skeletons have names.
    """
    whole = [entry['skeleton'] for entry in teachers.values() if entry.get('skeleton') and not _in_part(entry)]
    names = dict.fromkeys(part for spec in (*annotated, *whole) if isinstance(spec, str) for part in spec.split('+'))
    parts: list[Any] = ['+'.join(names)] if names else []
    parts += [spec for spec in (*annotated, *whole) if not isinstance(spec, str)]
    for name, entry in teachers.items():
        known = set(load_skeleton(parts).names) if parts else set()
        taught, aliases = _taught(entry, name), entry.get('aliases') or {}
        new = [keypoint for keypoint in taught.names if aliases.get(keypoint, keypoint) not in known]
        if new:
            parts.append(taught.select(new).to_metainfo())
    return parts[0] if len(parts) == 1 else parts


def share_keypoints(teachers: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether two teachers know the same keypoint."""
    aliases = {name: entry.get('aliases') or {} for name, entry in teachers.items()}
    known = [{aliases[name].get(one, one) for one in _taught(entry, name).names} for name, entry in teachers.items()]
    return len(set().union(*known)) < sum(map(len, known))


def canvas_of(
    student_view: View, teachers: Mapping[str, Mapping[str, Any]], paddings: Mapping[str, float]
) -> tuple[int, int]:
    """The smallest canvas that holds what the student and all teachers see, width and height.

    Args:
        student_view: What the student sees.
        teachers: Entries.
        paddings: The student's, by source.

    Raises:
        ValueError: If a teacher's view fits no canvas.
        FileNotFoundError: If a file of a teacher is missing.
    """
    views = [view_of_entry(_network(entry), student_view, name) for name, entry in teachers.items()]
    fixed = Canvas.around(student_view, *(view for view in views if isinstance(view, View))).size
    needed = [view.needs(paddings) for view in views if not isinstance(view, View)]
    return tuple(max(sides) for sides in zip(fixed, *needed))


def _network(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in LOSS_WEIGHT_KEYS}


def _in_part(entry: Mapping[str, Any]) -> bool:
    return any(entry.get(key) for key in ('keypoints', 'derived', 'aliases'))


def _taught(entry: Mapping[str, Any], name: str) -> Skeleton:
    taught, derived = taught_skeleton(entry, f'teacher {name!r}'), entry.get('derived')
    return with_midpoints(taught, derived) if derived else taught
