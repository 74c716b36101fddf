"""What a reader has to say of a file that it reads."""

from __future__ import annotations

from typing import NamedTuple


class Remark(NamedTuple):
    """Something that is not as it should be.

    Args:
        kind: A kind of finding of :mod:`unipose.commands.check`.
        where: The file, and its line; or the entry.
        what: What is there.
    """

    kind: str
    where: str
    what: str

    def __str__(self) -> str:
        return f'{self.where}: {self.what}'
