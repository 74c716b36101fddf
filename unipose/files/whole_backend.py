"""What MMEngine writes local files with."""

from __future__ import annotations

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from .write_file import write_file


@register_backend('local', force=True, prefixes='')
class WholeBackend(LocalBackend):
    """MMEngine's, whose files (checkpoints, among others) are whole or not there."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Writes bytes in one step, see :func:`unipose.files.write_file`."""
        write_file(filepath, obj)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        """Writes text in one step, see :func:`unipose.files.write_file`."""
        write_file(filepath, obj.encode(encoding))
