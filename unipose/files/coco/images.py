"""The images that an annotation file lists."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .ids import Ids, is_id
from .image_path import find_odd, is_file_name, is_odd

_KEYS = ('id', 'file_name', 'width', 'height')
NOT_LISTED, _BROKEN = -2, -1
_TOO_MANY = 1e9  # pixels
_DIGITS = 20  # of an id


class Images:
    """Images in the order of a file, and numbers for the ids that annotations know them by.

    Args:
        folder: Where they lie.
        tell: Takes kind, where and what of a remark.
    """

    def __init__(self, folder: str, tell: Callable[[str, str, str], object]) -> None:
        self.folder = folder
        self.tell = tell
        self.ids = Ids()
        self.paths: list[str] = []
        self._odd_names: dict[int, str] = {}  # by place
        self._sizes = array('d')
        self._numbers: dict[int | str, int] = {}  # of ids, in either list
        self._identities: list[int | str] = []  # by number
        self._places = array('q')  # by number
        self._entries = 0

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def sizes(self) -> np.ndarray:
        """Width and height, ``[I, 2]``, pixels."""
        return np.array(self._sizes).reshape(-1, 2)

    def add(self, entry: Any) -> None:
        """Reads an entry."""
        self._entries += 1
        wrong = _wrong(entry)
        if wrong:
            self._add_broken(entry, wrong)
            return
        identity, name = entry['id'], entry['file_name']
        number = self.number(identity)
        if self._places[number] >= 0:
            self.tell('repeated-id', f'image {identity}', f'{name} repeats the id of another entry')
            return
        if is_odd(name):
            self._odd_names[len(self.paths)] = name
        self._places[number] = len(self.paths)
        self.ids.append(identity)
        self.paths.append(os.path.join(self.folder, name))
        self._sizes.extend((entry['width'], entry['height']))

    def _add_broken(self, entry: Any, wrong: str) -> None:
        self.tell('broken-entry', f'entry {self._entries - 1} of images', wrong)
        identity = entry.get('id') if isinstance(entry, Mapping) else None
        if is_id(identity):
            number = self.number(identity)
            self._places[number] = max(self._places[number], _BROKEN)

    def number(self, identity: int | str) -> int:
        """A number for an id, listed or not."""
        number = self._numbers.setdefault(identity, len(self._places))
        if number == len(self._places):
            self._identities.append(identity)
            self._places.append(NOT_LISTED)
        return number

    def place(self, number: int) -> int:
        """The place in the list of images, by number."""
        return self._places[number]

    def places(self, numbers: np.ndarray) -> np.ndarray:
        """Places in the list of images, by number; below 0 where there is none."""
        return np.array(self._places)[numbers] if len(numbers) else np.zeros(0, np.int64)

    def size(self, place: int) -> tuple[float, float]:
        """Width and height of an image, pixels."""
        return self._sizes[2 * place], self._sizes[2 * place + 1]

    def name(self, place: int) -> str:
        """The name of a file, for people."""
        return self.paths[place].replace('\\', '/').rpartition('/')[2]

    def orphan(self, number: int) -> str:
        """What is to be said of an annotation whose image is not listed."""
        identity = self._identities[number]
        other = str(identity) if type(identity) is int else _as_number(identity)
        listed = other in self._numbers and self._places[self._numbers[other]] != NOT_LISTED
        hint = f'; {other!r} is: write ids as numbers in both lists, or as texts in both' if listed else ''
        return f'is of image {identity!r}, which is not listed{hint}'

    def find(self) -> None:
        """Looks for the files of odd names; tells of those that are found otherwise."""
        found = find_odd(self.folder, self._odd_names)
        for place, path in found.items():
            self.paths[place] = path
        if found:
            first, path = next(iter(found.items()))
            more = f', and {len(found) - 1} more' if len(found) > 1 else ''
            self.tell('image-name', f'image {self.ids[first]}', f'{self._odd_names[first]} is {path}{more}')


def _wrong(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return f'is no mapping: {entry!s:.60}'
    identity, name, width, height = (entry.get(key) for key in _KEYS)
    if None in (identity, name, width, height):
        return f'lacks {", ".join(key for key in _KEYS if entry.get(key) is None)}'
    if not is_id(identity):
        return f'has id {identity!r:.40}, which must be a whole number or a text'
    if not is_file_name(name):
        return f'has file_name {name!r:.40}, which must be the name of a file'
    if not (_is_size(width) and _is_size(height)):
        return f'has width and height {[width, height]!s:.60}, which must be numbers above 0'
    return ''


def _is_size(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < _TOO_MANY


def _as_number(text: str) -> int | None:
    return int(text) if len(text) < _DIGITS and text.isdecimal() else None
