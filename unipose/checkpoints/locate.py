"""Finds the files that a config names, wherever one happens to stand."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


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
