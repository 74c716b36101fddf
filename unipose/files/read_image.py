"""Reads image files, and notices the damaged ones that decoders let pass."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import cv2
import numpy as np

from .read_with_pillow import is_avif, plug_in_for, read_with_pillow

_JPEG, _JPEG_END = b'\xff\xd8', b'\xff\xd9'
_PNG, _PNG_END = b'\x89PNG\r\n\x1a\n', b'IEND'
_TAIL = 64  # bytes
# within a JPEG's coded data, 0 is an escaped 0xff, d0 to d7 restart the decoder, and 0xff fills
_MARKER = re.compile(rb'\xff[^\x00\xd0-\xd7\xff]', re.DOTALL)
# What can be wrong with a file itself. All else is the machine's and passes: open files or memory that have run out, a
# disk or network that does not answer. A sample must not be left out for that, least of all from a store that lasts.
_OF_THE_FILE = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM),
    *(errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL),
}
_MEMORY = 'memory has run out: load with fewer workers or smaller batches'
_REMEDIES = {
    errno.EMFILE: 'raise how many files a process may open (ulimit -n 4096), or load with fewer workers',
    errno.ENFILE: 'the whole machine has too many files open: load with fewer workers',
    errno.ENOMEM: _MEMORY,
}
_STORAGE = (
    'that is its disk or network, not damage: try again when it answers (training goes on with --resume). If it is '
    'this file alone, remove it: missing images are passed over'
)


class DamagedImageError(ValueError):
    """An image is missing, truncated or not an image."""


def read_image(path: str | Path) -> np.ndarray:
    """Reads an image as people see it: turned as EXIF says, grey, 16-bit and transparent ones as 8-bit colour.

    What OpenCV does not read is left to Pillow and the plug-ins for it that are installed (HEIC: pillow-heif).

    Args:
        path: The file.

    Returns:
        ``[H, W, 3]``, uint8, BGR.

    Raises:
        DamagedImageError: If the file is missing, truncated or no image; the message starts with its path.
        OSError: If the machine is why it cannot be read: open files, memory, disk; the message says what to do.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise open_error(path, error) from error
    # OpenCV decodes what is there of a truncated file, and only warns on stderr
    is_cut = content.startswith(_JPEG) and not _is_whole_jpeg(content)
    if is_cut or (content.startswith(_PNG) and not _is_whole_png(content)):
        raise DamagedImageError(f'{path}: truncated or damaged, its end is missing')
    image = read_with_pillow(content) if is_avif(content) else None
    try:
        if image is None and content:
            image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise OSError(f'{path}: {error.err}; {_MEMORY}') from error
        raise DamagedImageError(f'{path}: more pixels than OpenCV takes, or damaged ({error.err or error})') from error
    if image is None:
        image = read_with_pillow(content)
    if image is None:
        what = 'the file is empty' if not content else 'not an image, damaged, or of a format that cannot be read'
        package = plug_in_for(content)
        raise DamagedImageError(f'{path}: {what}' + (f' without Pillow and {package} (pip)' if package else ''))
    return image


def open_error(path: str | Path, error: OSError) -> DamagedImageError | OSError:
    """What to raise where an image file cannot be opened: whether the file or the machine is why, and what to do."""
    if error.errno in _OF_THE_FILE:
        return DamagedImageError(f'{path}: {error.strerror}')
    return OSError(f'{path}: {error.strerror}; {_REMEDIES.get(error.errno, _STORAGE)}')


def _is_whole_jpeg(content: bytes) -> bool:
    """Whether its end marker is there; phones append a video, cameras a preview."""
    if _JPEG_END in content[-_TAIL:]:
        return True
    place = len(_JPEG)
    while marker := _MARKER.search(content, place):
        if marker[0] == _JPEG_END:
            return True
        place = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2], 'big')  # a segment's length
    return False


def _is_whole_png(content: bytes) -> bool:
    """Whether its last chunk is there."""
    place, kind = len(_PNG), _PNG_END if _PNG_END in content[-_TAIL:] else b''
    while kind != _PNG_END and place < len(content):
        kind = content[place + 4 : place + 8]
        place += 12 + int.from_bytes(content[place : place + 4], 'big')
    return kind == _PNG_END
