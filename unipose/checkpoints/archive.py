"""Takes one file out of a zip, and nothing else."""

from __future__ import annotations

import errno
import hashlib
import stat
import zipfile
from pathlib import Path, PurePosixPath

_BLOCK = 1 << 20


def unpack_member(archive: Path, member: str, target: Path) -> str:
    """Write one file of a zip, wherever in the zip it lies.

    The paths in the zip decide nothing on disk: what is written is ``target``. It is gone again if that fails.

    Args:
        archive: The zip.
        member: The file's name, without folders.
        target: Where its content goes.

    Returns:
        SHA-256 of what was written.

    Raises:
        ValueError: If the zip is damaged, none or several of its files have that name, or a path in it is odd.
        OSError: If it cannot be read, or the target not be written.
    """
    try:
        with zipfile.ZipFile(archive) as file, file.open(_find(file.infolist(), member)) as source:
            digest = hashlib.sha256()
            with target.open('wb') as output:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    output.write(block)
            return digest.hexdigest()
    except BaseException as error:
        target.unlink(missing_ok=True)
        # A damaged zip can raise anything, and may send the reader to before its beginning.
        of_the_disk = isinstance(error, OSError) and error.errno != errno.EINVAL
        if of_the_disk or isinstance(error, MemoryError) or not isinstance(error, Exception):
            raise
        raise ValueError(f'{archive} cannot be unpacked: {error or type(error).__name__}') from None


def _find(members: list[zipfile.ZipInfo], member: str) -> zipfile.ZipInfo:
    odd = [info.filename for info in members if _is_odd(info)]
    if odd:
        raise ValueError(f'it has paths that lead out of it, or links: {odd[:3]}')
    found = [info for info in members if not info.is_dir() and PurePosixPath(info.filename).name == member]
    if len(found) != 1:
        names = [info.filename for info in found or members]
        raise ValueError(f'it should have one {member}, and has {len(found)}: {names[:8]}')
    return found[0]


def _is_odd(info: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(info.filename)
    leads_out = path.is_absolute() or '..' in path.parts or '\\' in info.filename or ':' in info.filename
    return leads_out or stat.S_ISLNK(info.external_attr >> 16)
