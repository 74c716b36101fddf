"""Sizes of pictures against those that annotation files say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .read_image import DamagedImageError, read_image
from .read_image_size import read_image_size
from .remark import Remark

_READERS = 8  # threads; a disk that turns, or a network, answers several at once


def picture_sizes(paths: Sequence[str]) -> Iterator[tuple[int, int] | None]:
    """Width and height of each picture, from its first bytes; None where it cannot be read.

    Raises:
        OSError: If the machine is why it cannot be read; the message says what to do.
    """
    with ThreadPoolExecutor(_READERS) as pool:
        yield from pool.map(_size, paths)


def wrong_sizes(paths: Sequence[str], sizes: np.ndarray) -> list[Remark]:
    """What is to be said of pictures that have another size than a file says; nothing of those that cannot be read.

    Args:
        paths: Of N pictures.
        sizes: Width and height, ``[N, 2]``.

    Raises:
        OSError: If the machine is why one cannot be read; the message says what to do.
    """
    remarks = []
    for path, told, found in zip(paths, sizes.tolist(), picture_sizes(paths)):
        found = found if found is None or list(found) == told else _decoded(path)
        if found is not None and list(found) != told:
            remarks.append(size_remark(path, found, told))
    return remarks


def size_remark(path: str, found: Sequence[float], told: Sequence[float]) -> Remark:
    """What is to be said of a picture of another size than a file says: width and height, pixels."""
    turned = ', width and height swapped' if list(told) == list(found)[::-1] else ''
    return Remark('image-size', path, f'{found[0]}x{found[1]}, not {told[0]:g}x{told[1]:g}{turned}')


def _size(path: str) -> tuple[int, int] | None:
    try:
        return read_image_size(path)
    except DamagedImageError:
        return None


def _decoded(path: str) -> tuple[int, int] | None:
    """Its size once it is decoded, which is what counts."""
    try:
        return read_image(path).shape[1::-1]
    except DamagedImageError:
        return None
