"""Finds the files that a config names, wherever one happens to stand."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = (_PACKAGE / 'configs').is_dir()  # as setup.py puts them into a wheel
REPOSITORY = _PACKAGE if _INSTALLED else _PACKAGE.parent
"""What comes along lies here, by the paths that configs know it by: the repository, or the package of a wheel."""


def home() -> Path:
    """The folder that data and downloaded weights belong into: the repository; of a wheel, the current folder."""
    return Path.cwd() if _INSTALLED else REPOSITORY


def locate_file(path: str | Path, what: str) -> Path:
    """Finds a file given relative to the current folder or to the repository.

    Args:
        path: Absolute or relative path.
        what: What the file is, for the message.

    Returns:
        The path of the existing file.

    Raises:
        FileNotFoundError: If it is in neither place.
    """
    candidates = list(dict.fromkeys([Path(path).expanduser().absolute(), REPOSITORY / path]))
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    missing = ' and no '.join(map(str, candidates))
    raise FileNotFoundError(f'{what} not found: {path}; there is no {missing}. Give the path of an existing file')


def guide(name: str) -> str:
    """Where a README of the repository lies, for messages, such as ``data/README.md``.

    >>> guide('data/README.md').endswith('data/README.md')
    True
    """
    return name if Path.cwd() == REPOSITORY else str(REPOSITORY / name)
