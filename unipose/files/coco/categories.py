"""The categories of an annotation file, and the names that they give keypoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unipose.skeletons import Skeleton
from unipose.skeletons.plain_name import plain_name

from .ids import is_id

Tell = Callable[[str, str, str], object]
"""Takes kind, where and what of a remark."""
_ALIKE = 0.5  # of the names; where fewer are the same, it is another skeleton


def read_categories(entries: Any, tell: Tell) -> dict[int | str, Mapping[str, Any]]:
    """Categories by id; a file may have none.

    Args:
        entries: What the file says.
        tell: Is told of entries that are none.
    """
    found: dict[int | str, Mapping[str, Any]] = {}
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries] if entries else []):
        is_category = isinstance(entry, Mapping) and is_id(entry.get('id'))
        if is_category and isinstance(entry.get('keypoints') or [], list):
            found.setdefault(entry['id'], entry)
        else:
            tell('broken-entry', f'entry {number} of categories', f'is no category of COCO: {entry!s:.60}')
    return found


def check_names(categories: Sequence[Mapping[str, Any]], skeleton: Skeleton, tell: Tell) -> bool:
    """Tells of names that the skeleton does not know, and of another order; a file may name none.

    Args:
        categories: Those of people.
        skeleton: The keypoints that they should have.
        tell: Is told.

    Returns:
        Whether the file has another number of keypoints, which explains what is wrong with its people.
    """
    wanted = [plain_name(name) for name in skeleton.published]
    own = [plain_name(name) for name in skeleton.names]
    miscounted = False
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
            tell('keypoint-order', place, f'counted from 0: {", ".join(moved)}')
            continue
        same = sum(one in both for one, both in zip(found, zip(wanted, own)))
        if len(found) == len(wanted) == same:
            continue
        miscounted |= len(found) != len(wanted)
        unknown = [str(name) for name, plain in zip(names, found) if plain not in wanted]
        lacking = [name for name, plain in zip(skeleton.published, wanted) if plain not in found]
        tell(
            'other-names' if len(found) == len(wanted) and same >= _ALIKE * len(wanted) else 'keypoint-names',
            place,
            f'{len(found)} keypoints, {len(wanted)} in skeleton {skeleton.name!r}; not in the skeleton: '
            f'{", ".join(unknown) or "none"}; not in the file: {", ".join(lacking) or "none"}',
        )
    return miscounted
