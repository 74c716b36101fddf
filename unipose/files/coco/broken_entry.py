"""What is wrong with what tells an entry from others, annotated or detected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .ids import is_id


def broken_entry(entry: Any, ids: Sequence[str], others: Sequence[str] = ()) -> str:
    """What is wrong with an entry as a whole; nothing of one that can be told apart.

    Args:
        entry: The entry.
        ids: Keys of ids that it must have.
        others: Further keys that it must have.
    """
    if not isinstance(entry, dict):
        return f'is no mapping: {entry!s:.60}'
    missing = [key for key in (*ids, *others) if entry.get(key) is None]
    if missing:
        return f'lacks {", ".join(missing)}'
    odd = [f'{key} {entry[key]!r:.40}' for key in ids if not is_id(entry[key])]
    if odd:
        return f'has {", ".join(odd)}, which must be whole numbers or texts'
    crowd = entry.get('iscrowd')
    return '' if crowd is None or crowd in (0, 1) else f'has iscrowd {crowd!r:.40}, which must be 0 or 1'
