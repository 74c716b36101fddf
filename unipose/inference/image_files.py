"""Finds, reads and writes image files, one bad file at a time."""

from __future__ import annotations

import io
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff')
_VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.gif')
# OpenCV decodes what is there of a truncated file and only warns on stderr; Pillow, which refuses it, is slower. So
# files that do not end as they should, by these markers at start and end, are decoded by Pillow first
_ENDS = {b'\xff\xd8': b'\xff\xd9', b'\x89PNG\r\n\x1a\n': b'IEND'}
_TAIL = 64  # bytes


class InputError(ValueError):
    """The input does not exist, or there is no image in it."""


def list_images(path: str | Path) -> list[Path]:
    """Lists what there is to read.

    Args:
        path: An image, or a folder, of which the images are taken in order of their names, subfolders left out.

    Returns:
        Paths of one or more files, in order.

    Raises:
        InputError: If there is no such path, or no image in the folder.
    """
    path = Path(path).expanduser()
    if path.is_file():
        if path.suffix.lower() in _VIDEO_SUFFIXES:
            raise InputError(
                f'{path} is a video, and images are read here; write its frames to a folder first: '
                f'ffmpeg -i {path.name} frames/%06d.png'
            )
        return [path]
    if not path.is_dir():
        raise InputError(f'no such file or folder: {path}')
    files = sorted(file for file in path.iterdir() if file.is_file())
    images = [file for file in files if file.suffix.lower() in IMAGE_SUFFIXES]
    if not images:
        raise InputError(
            f'no image in {path} ({len(files)} other files; subfolders are not searched); '
            f'images end in {", ".join(IMAGE_SUFFIXES)}'
        )
    return images


def read_image(path: str | Path) -> np.ndarray:
    """Reads an image as people see it: turned as EXIF says, grey, 16-bit and transparent ones as 8-bit colour.

    Args:
        path: The file.

    Returns:
        ``[H, W, 3]``, uint8, BGR.

    Raises:
        ValueError: If the file is missing, truncated or no image; the message starts with its path.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f'{path}: {error.strerror}') from error
    ends = [end for start, end in _ENDS.items() if content.startswith(start)]
    if ends and ends[0] not in content[-_TAIL:]:
        try:
            Image.open(io.BytesIO(content)).load()
        except (OSError, SyntaxError) as error:
            raise ValueError(f'{path}: {error}') from error
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    except cv2.error as error:  # more pixels than OpenCV accepts
        raise ValueError(f'{path}: {error.err or error}') from error
    if image is None:
        what = 'the file is empty' if not content else 'not an image, damaged, or of a format that cannot be read'
        raise ValueError(f'{path}: {what}')
    return image


def output_stems(paths: Sequence[Path]) -> list[str]:
    """Names for what is written of each file, without suffix; the whole file name where two stems are the same.

    >>> output_stems([Path('a.jpg'), Path('a.png'), Path('b.png')])
    ['a.jpg', 'a.png', 'b']
    """
    stems = Counter(path.stem.lower() for path in paths)  # some file systems do not tell A from a
    return [path.name if stems[path.stem.lower()] > 1 else path.stem for path in paths]


def prepare_output_folder(folder: str | Path, inputs: Sequence[Path]) -> None:
    """Makes a folder for results, and finds out before the work whether they can be written.

    Raises:
        ValueError: If the inputs lie in it, and results could take their place.
        OSError: If it cannot be made or written to.
    """
    folder = Path(folder)
    if any(path.resolve().parent == folder.resolve() for path in inputs):
        raise ValueError(f'the results would be written among the input, over files of the same name: {folder}')
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(f'cannot write to {folder}: {error.strerror}; give another folder') from error


def write_file(path: str | Path, content: bytes) -> None:
    """Writes a file whole or not at all; an existing one stays until the new one is complete.

    Raises:
        OSError: If it cannot be written.
    """
    path = Path(path)
    handle, temporary = tempfile.mkstemp(prefix=f'.{path.name}.', dir=path.parent)
    try:
        with os.fdopen(handle, 'wb') as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
