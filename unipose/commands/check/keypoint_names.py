"""The keypoint names in a COCO file against those of the skeleton it is read in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unipose.skeletons.plain_name import plain_name

from .annotated_set import AnnotatedSet


def check_names(categories: Sequence[Mapping[str, Any]], into: AnnotatedSet) -> None:
    """Notes names that the skeleton does not know, and another order; a file may name none.

    Args:
        categories: Of the file.
        into: The set, with a skeleton.
    """
    wanted = [plain_name(name) for name in into.skeleton.published]
    for category in categories:
        names = category.get('keypoints')
        found = [plain_name(name) for name in names or ()]
        if not found or found == wanted:
            continue
        place = f'category {category.get("name")!r}'
        if sorted(found) == sorted(wanted):
            moved = [
                f'{number} {name} ({wanted.index(plain)} there)'
                for number, (name, plain) in enumerate(zip(names, found))
                if plain != wanted[number]
            ]
            into.tell('keypoint-order', place, f'counted from 0: {", ".join(moved)}')
            continue
        unknown = [str(name) for name, plain in zip(names, found) if plain not in wanted]
        lacking = [name for name, plain in zip(into.skeleton.published, wanted) if plain not in found]
        into.tell(
            'keypoint-names',
            place,
            f'{len(found)} keypoints, {len(wanted)} in skeleton {into.skeleton.name!r}; not in the skeleton: '
            f'{", ".join(unknown) or "none"}; not in the file: {", ".join(lacking) or "none"}',
        )
