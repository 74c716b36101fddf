"""Images: whether they are there, whole, and of the size that the file says; each is decoded once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from unipose.files import read_image
from unipose.files.picture_sizes import size_remark

from .annotated_set import AnnotatedSet

_THUMB = 16  # pixels


@dataclass(frozen=True)
class Look:
    """What an image looks like.

    Args:
        size: Width and height, pixels, turned as EXIF says.
        digest: Of the file.
        gradients: ``[8]``, uint8, whose bits say which of 8x8 places is darker than its right neighbour: the difference
            hash.
        thumb: ``[16, 16]``, uint8, grey.
    """

    size: tuple[int, int]
    digest: bytes
    gradients: np.ndarray
    thumb: np.ndarray


def look_at(path: Path) -> Look | str:
    """Looks at an image once; returns what is wrong with it, if it cannot be read as training reads it."""
    try:
        image = read_image(path)
        content = path.read_bytes()
    except ValueError as error:
        return str(error)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    return Look(
        image.shape[1::-1],
        hashlib.blake2b(content, digest_size=16).digest(),
        np.packbits(small[:, :-1] < small[:, 1:]),
        cv2.resize(grey, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA),
    )


def look_at_all(sets: Iterable[AnnotatedSet], workers: int) -> dict[Path, Look | str]:
    """Looks at every image with people of some sets.

    Args:
        sets: The sets.
        workers: Threads: decoding lets go of Python's lock.
    """
    paths = list(dict.fromkeys(picture.path for one in sets for picture in one.pictures if picture.has_people))
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, tqdm(pool.map(look_at, paths), total=len(paths), unit='image')))


def check_pictures(people_set: AnnotatedSet, looks: dict[Path, Look | str]) -> None:
    """Notes images that are missing, damaged, of another size or empty of people, and fills in sizes nobody says."""
    for picture in people_set.pictures:
        look = looks.get(picture.path)
        if not picture.has_people:
            people_set.tell('no-people', str(picture.path), 'nobody with labels')
        elif isinstance(look, str):
            kind = 'damaged-image' if picture.path.is_file() else 'missing-image'
            people_set.tell(kind, str(picture.path), look.removeprefix(f'{picture.path}: '))
        elif look is not None and picture.size is None:
            picture.size = look.size
        elif look is not None and picture.size != look.size:
            people_set.tell(*size_remark(str(picture.path), look.size, picture.size))
