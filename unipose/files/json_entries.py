"""Large JSON files, read entry by entry."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

_PIECE = 2**20  # characters read at a time
_CUT = 2  # characters of a number, 'e-', that say nothing without those of the next piece
_SPACE = re.compile(r'[ \t\n\r]*')
_DECODER = json.JSONDecoder()


def read_json_entries(path: str | Path, take: Mapping[str, Callable[[Any], object]]) -> dict[str, Any]:
    """What ``json.load`` reads of a file that holds a mapping, in which long lists are never in memory as a whole.

    All entries of COCO's annotation file together, with outlines of people that nobody looks at, are six times as large
    in memory as the file.

    Args:
        path: The file.
        take: By key of the mapping, what is called with each entry of its list, in order.

    Returns:
        What the mapping has beside these lists.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no JSON, holds no mapping, one that has a key twice, or one that lacks one of the lists.
    """
    content: dict[str, Any] = {}
    with open(path, encoding='utf-8-sig') as file:  # some editors put a mark in front
        reader = _Reader(file)
        for _ in reader.items('{', '}'):
            key = reader.value()
            reader.skip(':')
            if key in content or not isinstance(key, str):
                raise ValueError(f'{path} has the key {key!r}, which is there already or no text')
            if key not in take:
                content[key] = reader.value()
                continue
            content[key] = None
            for _ in reader.items('[', ']'):
                take[key](reader.value())
        if reader.peek():
            raise ValueError(f'{path} goes on after its mapping')
    missing = [key for key in take if key not in content]
    if missing:
        raise ValueError(f'{path} lacks {", ".join(missing)}')
    return {key: value for key, value in content.items() if key not in take}


class _Reader:
    """A place in a file, of which a piece is in memory."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.text, self.at = '', 0

    def items(self, opening: str, closing: str) -> Iterator[None]:
        """Stops at the beginning of each item between two brackets; who iterates reads it."""
        self.skip(opening)
        if self.peek() == closing:
            self.skip(closing)
            return
        found = ','
        while found == ',':
            yield
            found = self.skip(',', closing)

    def value(self) -> Any:
        """Reads a value."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except ValueError:
                if not self._read_on():
                    raise
            else:
                if end + _CUT < len(self.text) or not self._read_on():
                    self.at = end
                    return value

    def skip(self, *expected: str) -> str:
        """Reads one of some characters."""
        found = self.peek()
        if found not in expected:
            raise ValueError(f'expected one of {expected}. Got: {found!r}')
        self.at += 1
        return found

    def peek(self) -> str:
        """The next character that is no space; empty at the end of the file."""
        while True:
            self.at = _SPACE.match(self.text, self.at).end()
            if self.at < len(self.text) or not self._read_on():
                return self.text[self.at : self.at + 1]

    def _read_on(self) -> bool:
        piece = self.file.read(_PIECE)
        if piece:
            self.text, self.at = self.text[self.at :] + piece, 0
        return bool(piece)
