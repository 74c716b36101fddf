"""One writer of a folder at a time."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mmengine.dist import broadcast_object_list, get_dist_info

from .write_file import remove_parts

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_NAME = '.lock'
_HELD = (errno.EACCES, errno.EAGAIN)
_OURS: set[Path] = set()  # folders that this process writes into: its own locks refuse it nothing


@contextlib.contextmanager
def sole_writer(folder: str | Path, option: str) -> Iterator[None]:
    """Keeps a folder to this process, and to those that a launcher started with it.

    The system holds the lock for as long as the process lives: one that was killed is in nobody's way, nor are workers
    that outlive it. The empty file ``.lock`` stays. Where a file system knows no locks, nothing is refused.

    Args:
        folder: The folder, made if it is not there.
        option: What names another one on the command line.

    Raises:
        OSError: If somebody else writes there, this process too, or nobody can; in every process.
    """
    with contextlib.ExitStack() as stack:
        problems: list[str | None] = [None]
        if get_dist_info()[0] == 0:
            try:
                problems = [_problem(Path(folder), option, stack)]
            except OSError as error:
                problems = [f'{folder} cannot be written ({error.strerror or error}); name another with {option}']
        broadcast_object_list(problems)
        for problem in filter(None, problems):
            raise OSError(problem)
        yield


def _problem(folder: Path, option: str, stack: contextlib.ExitStack) -> str | None:
    """Who is in the way; else the folder is this process's until the stack is left."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder.resolve()
    is_ours = place in _OURS
    # a lock is lost as soon as its process closes the file, however often that is open
    if is_ours or _is_held(stack.enter_context(_open(folder / _NAME))):
        who = 'this' if is_ours else 'another'
        return f'{who} process is writing into {folder}: wait until it ends, or name another folder with {option}'
    _OURS.add(place)
    stack.callback(_OURS.discard, place)
    remove_parts(folder)
    return None


def _open(file: Path) -> IO[bytes]:
    """Opens the file for whoever may write into the folder."""
    opened = file.open('ab')
    with contextlib.suppress(OSError):  # it is another user's, who has done so
        file.chmod(0o666)
    return opened


def _is_held(file: IO[bytes]) -> bool:
    """Whether another process has locked a file; else this one has now."""
    if fcntl is None:
        return False
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # unlike flock's, no forked worker holds it on
    except OSError as error:
        return error.errno in _HELD
    return False
