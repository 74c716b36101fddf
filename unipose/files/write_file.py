"""Files that are either whole or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_file(path: str | Path, content: bytes) -> None:
    """Writes a file in one step: it is never half written, and a failure leaves an older one as it was.

    Args:
        path: Where to; folders are made.
        content: What to write.

    Raises:
        OSError: If it cannot be written there.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(21, 'it is a folder')
        handle, temporary = tempfile.mkstemp(prefix=f'.{path.name}.', dir=path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with os.fdopen(handle, 'wb') as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        Path(temporary).unlink(missing_ok=True)


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
    return OSError(
        f'{path} cannot be written ({error.strerror or error}); name a file in a folder that you can write to'
    )
