"""MPII's annotations as MMPose reads them, person by person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unipose.files.mpii_entries import MpiiEntry, read_mpii_entries

from .annotated_set import AnnotatedPerson, AnnotatedSet, Picture

_HEIGHT = 200.0  # pixels of a scale of 1
_DOWN = 15.0  # pixels of a scale of 1 that readers move the centre down
_FIRST_PIXEL = 1.0


def read_mpii_file(content: Sequence[Any], folder: Path, into: AnnotatedSet) -> None:
    """Reads people and their images into a set, and notes what is wrong with their entries.

    Args:
        content: Of the file: for each person image, center, scale, joints and joints_vis.
        folder: Of the images.
        into: The set, with a skeleton.
    """
    into.boxes_from_scale = True
    pictures: dict[str, Picture] = {}
    for entry in read_mpii_entries(content, into.skeleton.names):
        if entry.remark:
            into.tell(*entry.remark)
        if entry.image is None:
            continue
        if entry.image not in pictures:
            pictures[entry.image] = Picture(None, folder / entry.image, None, has_people=True)
            into.pictures.append(pictures[entry.image])
        if not entry.remark:
            into.people.append(_person(entry, pictures[entry.image]))


def _person(entry: MpiiEntry, picture: Picture) -> AnnotatedPerson:
    box = entry.centre_and_scale
    middle = box[:2] + (0, _DOWN * box[2]) - _FIRST_PIXEL
    half = 0.5 * _HEIGHT * box[2]
    corners = np.concatenate([middle - half, middle + half])
    return AnnotatedPerson(entry.number, picture, corners, entry.joints - _FIRST_PIXEL, entry.visible)
