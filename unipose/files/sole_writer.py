"""One writer of a folder at a time."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mmengine.dist import broadcast_object_list, get_dist_info

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_NAME = '.lock'
_HELD = (errno.EACCES, errno.EAGAIN)


@contextlib.contextmanager
def sole_writer(folder: str | Path, option: str) -> Iterator[None]:
    """Keeps a folder to this process, and to those that a launcher started with it.

    The system holds the lock for as long as the process lives: one that was killed is in nobody's way, nor are workers
    that outlive it. The empty file ``.lock`` stays. Where a file system knows no locks, nothing is refused.

    Args:
        folder: The folder, made if it is not there.
        option: What names another one on the command line.

    Raises:
        OSError: If another process writes there, or nobody can; in every process.
    """
    with contextlib.ExitStack() as stack:
        problems: list[str | None] = [None]
        if get_dist_info()[0] == 0:
            try:
                Path(folder).mkdir(parents=True, exist_ok=True)
                file = stack.enter_context((Path(folder) / _NAME).open('ab'))
            except OSError as error:
                problems = [f'{folder} cannot be written ({error.strerror or error}); name another with {option}']
            else:
                if _is_held(file):
                    problems = [
                        f'another process is writing into {folder}: wait until it ends, or name another folder with '
                        f'{option}'
                    ]
        broadcast_object_list(problems)
        for problem in filter(None, problems):
            raise OSError(problem)
        yield


def _is_held(file: IO[bytes]) -> bool:
    """Whether another process has locked a file; else this one has now."""
    if fcntl is None:
        return False
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # unlike flock's, no forked worker holds it on
    except OSError as error:
        return error.errno in _HELD
    return False
