"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

_PART = re.compile(r'\..+\.[0-9a-f]{8}')
_FORGOTTEN = 3600  # seconds since anything was written into a part
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_file(path: str | Path, content: bytes) -> None:
    """Writes a file in one step: it is never half written, and a failure leaves an older one as it was.

    Args:
        path: Where to; folders are made.
        content: What to write.

    Raises:
        OSError: If it cannot be written there.
    """
    write_files({path: content})


def write_files(contents: Mapping[str | Path, bytes]) -> None:
    """Writes files that belong together: where one of them cannot be written, none is, and older ones stay.

    Args:
        contents: What to write, by where to; folders are made.

    Raises:
        OSError: If one cannot be written there.
    """
    with contextlib.ExitStack() as stack:
        parts = {Path(path): _part(Path(path), content, stack) for path, content in contents.items()}
        for path, part in parts.items():
            try:
                os.replace(part, path)
            except OSError as error:
                raise unwritable(path, error) from error


def _part(path: Path, content: bytes, stack: contextlib.ExitStack) -> Path:
    """A file with the content beside its place, which is gone when the stack is left."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(21, 'it is a folder')
        part = path.with_name(f'.{path.name}.{secrets.token_hex(4)}')
        with part.open('xb') as file:  # for whom the umask says, which tempfile does not ask
            stack.callback(part.unlink, missing_ok=True)
            file.write(content)
    except OSError as error:
        raise unwritable(path, error) from error
    return part


def remove_parts(folder: Path) -> None:
    """Removes what writers who were killed have left of files, checkpoints' size among them."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if _PART.fullmatch(path.name) and time.time() - path.stat().st_mtime > _FORGOTTEN:
                path.unlink()


def check_writable(path: str | Path) -> None:
    """Makes sure that :func:`write_file` will succeed, before hours of work; an existing file is not touched.

    Raises:
        OSError: If a file cannot be written there.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise IsADirectoryError(21, 'it is a folder')
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise unwritable(path, error) from error


def check_distinct(*paths: str | Path) -> None:
    """Makes sure that no output is written over another one.

    Raises:
        ValueError: If two of them are one file.
    """
    if len({Path(path).resolve() for path in paths}) < len(paths):
        raise ValueError(f'{", ".join(map(str, paths))}: two of them are the same file; name different files')


def unwritable(path: Path, error: OSError) -> OSError:
    """What to raise where a file cannot be written, and what to do."""
    is_full = error.errno in _FULL
    advice = 'free space there, or write elsewhere' if is_full else 'name a file in a folder that you can write to'
    return OSError(f'{path} cannot be written ({error.strerror or error}); {advice}')
