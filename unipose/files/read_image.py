"""Reads image files, and notices the damaged ones that decoders let pass."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np

# OpenCV decodes what is there of a truncated file and only warns on stderr; Pillow, which refuses it, is slower. So
# files that do not end as they should, by these markers at start and end, are decoded by Pillow first
_ENDS = {b'\xff\xd8': b'\xff\xd9', b'\x89PNG\r\n\x1a\n': b'IEND'}
_TAIL = 64  # bytes


class DamagedImageError(ValueError):
    """An image is missing, truncated or not an image."""


def read_image(path: str | Path) -> np.ndarray:
    """Reads an image as people see it: turned as EXIF says, grey, 16-bit and transparent ones as 8-bit colour.

    Args:
        path: The file.

    Returns:
        ``[H, W, 3]``, uint8, BGR.

    Raises:
        DamagedImageError: If the file is missing, truncated or no image; the message starts with its path.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedImageError(f'{path}: {error.strerror}') from error
    ends = [end for start, end in _ENDS.items() if content.startswith(start)]
    if ends and ends[0] not in content[-_TAIL:]:
        _check_by_pillow(content, path)
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    except cv2.error as error:
        raise DamagedImageError(f'{path}: more pixels than OpenCV takes, or damaged ({error.err or error})') from error
    if image is None:
        what = 'the file is empty' if not content else 'not an image, damaged, or of a format that cannot be read'
        raise DamagedImageError(f'{path}: {what}')
    return image


def _check_by_pillow(content: bytes, path: Path) -> None:
    try:
        from PIL import Image
    except ImportError as error:  # the runtime does without it
        raise DamagedImageError(f'{path}: truncated, or with something after its end (Pillow could tell)') from error
    try:
        Image.open(io.BytesIO(content)).load()
    except (OSError, SyntaxError) as error:
        raise DamagedImageError(f'{path}: {error}') from error
