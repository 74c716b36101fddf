"""Ids of entries, which are whole numbers or texts."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np


class Ids:
    """Ids in the order of a file, small in memory: those that fit lie in an array.

    >>> ids = Ids()
    >>> for one in (7, 'b', 7, 2**70):
    ...     ids.append(one)
    >>> ids.take([3, 1]), ids.repeated()
    ([1180591620717411303424, 'b'], [2])
    """

    def __init__(self) -> None:
        self._numbers = array('q')
        self._others: dict[int, int | str] = {}  # by place

    def __len__(self) -> int:
        return len(self._numbers)

    def append(self, identity: int | str) -> None:
        """Adds one."""
        try:
            self._numbers.append(identity)
        except (TypeError, OverflowError):
            self._others[len(self._numbers)] = identity
            self._numbers.append(0)

    def __getitem__(self, place: int) -> int | str:
        return self._others.get(place, self._numbers[place])

    def take(self, places: Iterable[int]) -> list[int | str]:
        """Those at some places."""
        return [self[place] for place in places]

    def repeated(self) -> list[int]:
        """Places of those that were there before."""
        numbers = np.array(self._numbers)
        is_number = np.ones(len(numbers), bool)
        is_number[list(self._others)] = False
        kept = np.flatnonzero(is_number)
        _, firsts = np.unique(numbers[kept], return_index=True)  # the first of each
        again = np.ones(len(kept), bool)
        again[firsts] = False
        seen: set[Any] = set()
        others = [place for place, one in self._others.items() if one in seen or seen.add(one)]
        return sorted([*kept[again].tolist(), *others])


def is_id(value: Any) -> bool:
    """Whether a value is an id: a whole number or a text; ``True`` and 7.0 are none."""
    return type(value) is int or type(value) is str
