"""Where an image lies whose name was written on another machine."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

_ODD = re.compile(r'[\\%?]|://|^/|\.\./')


def is_odd(name: str) -> bool:
    """Whether a name may mean another file than it says."""
    return _ODD.search(name) is not None


def is_file_name(name: Any) -> bool:
    """Whether it can be the name of a file."""
    if type(name) is not str or not name or '\0' in name:
        return False
    try:
        return name.isascii() or bool(os.fsencode(name))
    except UnicodeEncodeError:
        return False


def find_odd(folder: str, names: Mapping[int, str]) -> dict[int, str]:
    """The files of those odd names that are not there as they are written, where each is found for one of them alone.

    Args:
        folder: Of the images.
        names: By place.
    """
    found = {place: image_path(folder, name) for place, name in names.items()}
    times = Counter(found.values())
    return {
        place: path for place, path in found.items() if path != os.path.join(folder, names[place]) and times[path] == 1
    }


def image_path(folder: str, name: str) -> str:
    r"""The file of an image, by its name in an annotation file.

    A name that is there as it is written is taken so. Of one with backslashes, of an address, of one with ``%20`` and
    of an absolute path it is the file in the folder that as much of its end leads to; else as it is written.

    >>> image_path('images', 'a.jpg')
    'images/a.jpg'
    """
    path = os.path.join(folder, name)
    if not is_odd(name) or os.path.isfile(path):
        return path
    places = (os.path.join(folder, end) for end in path_ends(name))
    return next((place for place in places if os.path.isfile(place)), path)


def path_ends(name: str) -> list[str]:
    """Relative paths that a name may mean, the longest first.

    >>> path_ends('/data/local-files/?d=day%201/a.jpg')[:3]
    ['day 1/a.jpg', 'data/local-files', 'a.jpg']
    >>> path_ends('C:/day/a.jpg')
    ['C:/day/a.jpg', 'day/a.jpg', 'a.jpg']
    """
    names = [name.replace('\\', '/')]
    if '://' in name or '?' in name:
        try:
            address = urlparse(name)
        except ValueError:
            return []
        names = [*parse_qs(address.query).get('d', ()), address.path]  # Label Studio's local storage
    paths = [
        [part for part in text.split('/') if part not in ('', '.', '..')] for text in (*names, *map(unquote, names))
    ]
    ends = {'/'.join(path[start:]): len(path) - start for path in paths for start in range(len(path))}
    return sorted(ends, key=ends.get, reverse=True)
