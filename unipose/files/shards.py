"""Large arrays in numbered files, each either whole or not there, and named after its own digest."""

from __future__ import annotations

import hashlib
import io
import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from .write_file import write_file

# files that a process keeps mapped: enough for two million crops. They are read in no order, and of the 673 files of
# COCO and MPII nine in ten had to be mapped anew where 64 were kept; Linux lets a process have 65,530 maps
_OPEN_AT_ONCE = 8192


class Shards:
    """Numbered ``.npy`` files in a folder, such as ``targets-00012-1a2b3c4d.npy``.

    The last part of a name is the start of the SHA-256 of the file's content, so that a file is checked by itself, and
    several processes may write shards of one folder without a common index. A file is written in one step; whoever
    is killed while writing leaves nothing that counts as a shard.

    Args:
        folder: The folder; it need not exist yet.
        name: What the shards hold, the first part of their names.
    """

    def __init__(self, folder: str | Path, name: str) -> None:
        self.folder = Path(folder)
        self.name = name
        self.open = lru_cache(_OPEN_AT_ONCE)(self._open)
        self._known: dict[int, Path] = {}

    def __reduce__(self) -> tuple:  # open files do not travel to other processes
        return Shards, (self.folder, self.name)

    def numbers(self) -> dict[int, Path]:
        """Files by number."""
        pattern = re.compile(rf'{re.escape(self.name)}-(\d+)-[0-9a-f]{{8}}\.npy')
        found = ((pattern.fullmatch(path.name), path) for path in sorted(self.folder.glob(f'{self.name}-*.npy')))
        return {int(match[1]): path for match, path in found if match}

    def write(self, number: int, array: np.ndarray) -> Path:
        """Writes a shard, in the place of an older one of that number.

        Raises:
            OSError: If it cannot be written.
        """
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        older = self.numbers().get(number)
        with buffer.getbuffer() as content:  # where writing fails, Python 3.12.1 crashes on a view that is still open
            path = self.folder / f'{self.name}-{number:05d}-{_digest(content)}.npy'
            write_file(path, content)
        if older not in (None, path):
            older.unlink()
        return path

    @staticmethod
    def is_damaged(path: Path) -> bool:
        """Whether a shard's content is not what its name says."""
        return _digest(path.read_bytes()) != path.stem.rpartition('-')[2]

    def _open(self, number: int) -> np.ndarray:
        """The shard's array, mapped: what is not looked at is not read."""
        if number not in self._known:
            self._known = self.numbers()
        if number not in self._known:
            raise FileNotFoundError(f'{self.folder} has no file {self.name}-{number:05d}-*.npy; write it again')
        path = self._known[number]
        described = np.load(path, mmap_mode='r', allow_pickle=False)
        # torch closes the file that it maps; NumPy keeps it open, and a process may have 1,024 open files or even fewer
        content = torch.from_file(str(path), size=path.stat().st_size, dtype=torch.uint8).numpy()
        array = content[described.offset :].view(described.dtype).reshape(described.shape)
        array.flags.writeable = False
        return array


def _digest(content: bytes | memoryview) -> str:
    return hashlib.sha256(content).hexdigest()[:8]
