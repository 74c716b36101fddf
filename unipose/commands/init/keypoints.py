"""The keypoints of one's own annotations, and those of a student that learns them from teachers too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from unipose.skeletons import load_skeleton

COPY = 'skeleton.py'
"""The file that a folder of configs keeps its own metainfo in."""


def own_parts(spec: str) -> tuple[str, ...]:
    """Names and files that a skeleton is the union of.

    Args:
        spec: As ``skeleton=`` of a config has it: ``coco``, ``my_skeleton.py``, ``coco+my_skeleton.py``.

    Raises:
        FileNotFoundError: If there is no such skeleton.
        ValueError: If it is not valid, or of several files.
    """
    load_skeleton(spec)
    parts = (spec,) if Path(spec).is_file() else tuple(part.strip() for part in spec.split('+'))
    files = [part for part in parts if is_file(part)]
    if len(files) > 1:
        raise ValueError(f'--skeleton takes one file at most; write the keypoints of {" and ".join(files)} into one')
    return parts


def student_parts(taught: Iterable[str], own: Sequence[str]) -> tuple[str, ...]:
    """Names and files of a student's skeleton: what teachers know comes first, and what adds nothing is left out.

    >>> student_parts(['coco', 'mpii'], ['mpii'])
    ('coco', 'mpii')
    """
    parts: tuple[str, ...] = ()
    known: set[str] = set()
    for part in [*(name for spec in taught for name in spec.split('+')), *own]:
        names = set(load_skeleton(part).names)
        if not names <= known:
            parts, known = (*parts, part), known | names
    return parts


def names(parts: Sequence[str]) -> tuple[str, ...]:
    """The keypoints of the union of these."""
    return load_skeleton(list(parts)).names


def in_config(parts: Sequence[str]) -> str:
    """A skeleton as the text of a config, in which ``my_skeleton`` is the file.

    >>> print(in_config(['coco', 'mpii']), in_config(['my.py']), in_config(['coco', 'my.py']))
    'coco+mpii' my_skeleton ['coco', my_skeleton]
    """
    if not any(map(is_file, parts)):
        return repr('+'.join(parts))
    texts = ['my_skeleton' if is_file(part) else repr(part) for part in parts]
    return texts[0] if len(texts) == 1 else f'[{", ".join(texts)}]'


def is_file(part: str) -> bool:
    """Whether a part of a skeleton is a metainfo file."""
    return part.endswith('.py')
