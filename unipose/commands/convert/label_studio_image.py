"""Where the image of a Label Studio task lies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from unipose.media.kinds import IMAGE_SUFFIXES

_UPLOADED = re.compile(r'[0-9a-f]{8}-(?=.)')  # what Label Studio puts before the name of a file that is uploaded


def find_image(task: Mapping[str, Any], folder: Path) -> Path | None:
    """The image of a task in a folder, by as much of its path as is found there; None where it is not.

    Args:
        task: ``data`` says the image as a path, an address or one of local storage (``/data/local-files/?d=...``), as
            ``image`` or in the only value that names an image.
        folder: The folder.
    """
    data = task.get('data') or {}
    paths = {key: _path(value) for key, value in data.items() if isinstance(value, str)}
    named = [path for path in paths.values() if path.suffix.lower() in IMAGE_SUFFIXES]
    path = paths.get('image') or (named[0] if len(named) == 1 else PurePosixPath())
    parts = [part for part in path.parts if part not in ('/', '..')]
    places = [folder.joinpath(*parts[start:]) for start in range(len(parts))]
    places += [folder / _UPLOADED.sub('', parts[-1], count=1)] if parts else []
    return next((place for place in places if place.is_file()), None)


def _path(value: str) -> PurePosixPath:
    """The path in an address.

    >>> str(_path('/data/local-files/?d=day%201/a.jpg')), str(_path('s3://bucket/day/a.jpg'))
    ('day 1/a.jpg', '/day/a.jpg')
    """
    address = urlparse(value)
    local = parse_qs(address.query).get('d')
    return PurePosixPath(local[0] if local else unquote(address.path))
