"""The checkout that data and teachers lie in."""

from __future__ import annotations

from pathlib import Path

import unipose


def find_repository() -> Path:
    """The checkout one stands in, else the one this package is installed from, else the current folder."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(unipose.__file__).resolve().parents[1]):
        if (folder / 'setup.py').is_file() and (folder / 'unipose' / '__init__.py').is_file():
            return folder
    return here
