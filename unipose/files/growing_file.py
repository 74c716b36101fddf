"""Text files that grow line by line, and are there only once they are whole."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .write_file import unwritable


class GrowingFile:
    """A text file that takes its place at the end; a failure leaves an older one as it was, and nothing else.

    Args:
        path: Where to, in a folder that is there. What is written may hold names of files that are no text.

    Raises:
        OSError: If it cannot be written there, as when the disk is full.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._part = self.path.with_name(f'.{self.path.name}.part')

    def write(self, text: str) -> None:
        """Adds text."""
        try:
            self._file.write(text)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def __enter__(self) -> GrowingFile:
        try:
            self._file = self._part.open('w', newline='', encoding='utf-8', errors='surrogateescape')
        except OSError as error:
            raise unwritable(self.path, error) from error
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        try:
            with contextlib.nullcontext() if kind is None else contextlib.suppress(OSError):
                self._file.close()  # which writes what is left
            if kind is None:
                os.replace(self._part, self.path)
        except OSError as error:
            raise unwritable(self.path, error) from error
        finally:
            self._part.unlink(missing_ok=True)
