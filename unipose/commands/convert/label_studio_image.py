"""Where the image of a Label Studio task lies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unipose.files.coco.image_path import path_ends
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
    ends = {key: path_ends(value) for key, value in data.items() if isinstance(value, str)}
    named = [of for of in ends.values() if any(Path(end).suffix.lower() in IMAGE_SUFFIXES for end in of)]
    image = ends.get('image') or (named[0] if len(named) == 1 else [])
    places = [folder / end for end in (*image, *(_UPLOADED.sub('', end, count=1) for end in image))]
    return next((place for place in places if place.is_file()), None)
