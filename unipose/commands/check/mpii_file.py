"""MPII's annotations as MMPose reads them, person by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .annotated_set import AnnotatedPerson, AnnotatedSet, Picture, numbers, where

_KEYS = {'image': str, 'center': list, 'scale': int | float, 'joints': list, 'joints_vis': list}
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
    for number, entry in enumerate(content):
        held = entry if isinstance(entry, Mapping) else {}
        lacks = [key for key, kind in _KEYS.items() if not isinstance(held.get(key), kind)]
        if lacks:
            into.tell('broken-entry', f'entry {number}', f'lacks {", ".join(lacks)}')
            continue
        if entry['image'] not in pictures:
            pictures[entry['image']] = Picture(None, folder / entry['image'], None)
            into.pictures.append(pictures[entry['image']])
        _read_person(entry, number, pictures[entry['image']], into)


def _read_person(entry: Mapping[str, Any], number: int, picture: Picture, into: AnnotatedSet) -> None:
    picture.has_people = True
    place, count = where(number, picture), len(into.skeleton)
    joints, visible = numbers(entry['joints']), numbers(entry['joints_vis'])
    box = numbers([*entry['center'], entry['scale']])
    if joints is None or joints.shape != (count, 2) or visible is None or visible.shape != (count,):
        lengths = f'{len(entry["joints"])} joints, {len(entry["joints_vis"])} joints_vis'
        into.tell('keypoint-count', place, f'{lengths}; the skeleton has {count} keypoints')
    elif box is None or box.shape != (3,) or box[2] <= 0:
        into.tell('box-empty', place, f'center {entry["center"]}, scale {entry["scale"]}')
    elif not np.isfinite(np.concatenate([box, visible, joints.ravel()])).all():
        into.tell('not-a-number', place, 'in center, scale, joints or joints_vis')
    else:
        wrong = [f'{name} {flag:g}' for name, flag in zip(into.skeleton.names, visible) if flag not in (0, 1)]
        if wrong:
            into.tell('visibility', place, f'joints_vis is 0 or 1: {", ".join(wrong)}')
        middle = box[:2] + (0, _DOWN * box[2]) - _FIRST_PIXEL
        half = 0.5 * _HEIGHT * box[2]
        corners = np.concatenate([middle - half, middle + half])
        into.people.append(AnnotatedPerson(number, picture, corners, joints - _FIRST_PIXEL, visible))
