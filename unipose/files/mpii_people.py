"""MPII's annotations as MMPose reads them: what they mean is decided here, for check, training and scoring alike."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from unipose.skeletons import Skeleton

from .coco import AnnotationError
from .coco.image_path import find_odd, is_file_name, is_odd
from .coco.read_lists import described
from .json_file import read_json
from .remark import Remark

_KEYS = {
    'image': 'the name of a file',
    'center': 'a list of x, y',
    'scale': 'a number',
    'joints': 'a list',
    'joints_vis': 'a list',
}
_HEIGHT = 200.0  # pixels of a scale of 1
_DOWN = 15.0  # pixels of a scale of 1 that readers move the centre down, where it is one
_NO_CENTRE = -1.0
FIRST_PIXEL = 1.0
_LARGEST = 1e9  # pixels


@dataclass(frozen=True)
class MpiiPeople:
    """What an annotation file says; N people.

    Args:
        images: Paths of the images that somebody is in, also if wrongly annotated, by name.
        numbers: Of each person's entry.
        names: Of each person's image.
        boxes: x1, y1, x2, y2, pixels from 0, as MMPose makes them of centre and scale, ``[N, 4]``, float32.
        joints: Pixels from 1, ``[N, K, 2]``, float32.
        visible: 0 or 1, ``[N, K]``.
        entries: That the file has.
        remarks: What is wrong and odd; where a fault is among them, nobody may go by the rest.
    """

    images: Mapping[str, str]
    numbers: Sequence[int]
    names: Sequence[str]
    boxes: np.ndarray
    joints: np.ndarray
    visible: np.ndarray
    entries: int
    remarks: Sequence[Remark]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def paths(self) -> list[str]:
        """Of each person's image."""
        return [self.images[name] for name in self.names]


def read_mpii_people(file: str | Path, folder: str | Path, skeleton: Skeleton) -> MpiiPeople:
    """Reads an annotation file: for each person ``image``, ``center``, ``scale``, ``joints`` and ``joints_vis``.

    Args:
        file: The file.
        folder: Of the images.
        skeleton: The keypoints that people have.

    Raises:
        FileNotFoundError: If there is no such file.
        AnnotationError: If it is no JSON, or no list.
    """
    try:
        content = read_json(file)
    except ValueError as error:
        raise AnnotationError(str(error)) from error
    if not isinstance(content, list):
        raise AnnotationError(f"{file} must be a list of people, MPII's layout. Got: {described(content)}")
    reader = _Reader(skeleton.names)
    for number, entry in enumerate(content):
        reader.add(number, entry)
    return reader.judged(str(folder), len(content))


class _Reader:
    """Takes entries as they come."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.remarks: list[Remark] = []
        self.images: dict[str, None] = {}  # in order
        self.numbers: list[int] = []
        self.image_names: list[str] = []
        self.rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def tell(self, kind: str, where: str, what: str) -> None:
        self.remarks.append(Remark(kind, where, what))

    def add(self, number: int, entry: Any) -> None:
        broken = _broken(entry)
        if broken:
            self.tell('broken-entry', f'entry {number}', broken)
            return
        self.images.setdefault(entry['image'])
        try:
            row = self._read(entry)
        except _Wrong as wrong:
            self.tell(wrong.args[0], where(number, entry['image']), wrong.args[1])
            return
        self.numbers.append(number)
        self.image_names.append(entry['image'])
        self.rows.append(row)

    def _read(self, entry: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Centre and scale ``[3]``, joints ``[K, 2]`` and whether they are visible ``[K]``."""
        names, joints, flags = self.names, entry['joints'], entry['joints_vis']
        if not len(joints) == len(flags) == len(names):
            lengths = f'{len(joints)} joints, {len(flags)} joints_vis'
            raise _Wrong('keypoint-count', f'{lengths}; the skeleton has {len(names)} keypoints')
        box = _numbers([*entry['center'], entry['scale']])
        if box.shape != (3,) or box[2] <= 0:
            raise _Wrong('box-empty', f'center {entry["center"]!s:.60}, scale {entry["scale"]!r:.40}')
        placed = [np.zeros(2) if _is_unknown(*one) else _numbers(one[0]) for one in zip(joints, flags)]
        odd = [f'{name} {joint!s:.40}' for name, joint, place in zip(names, joints, placed) if place.shape != (2,)]
        if odd:
            raise _Wrong('not-a-number', f'joints are x, y: {", ".join(odd)}')
        visible = [flag if type(flag) in (bool, int, float) else np.nan for flag in flags]
        odd = [f'{name} {flag!r:.40}' for name, flag, value in zip(names, flags, visible) if value not in (0, 1)]
        if odd:
            raise _Wrong('visibility', f'joints_vis is 0 or 1: {", ".join(odd)}')
        return box, np.stack(placed), np.array(visible, np.float32)

    def judged(self, folder: str, entries: int) -> MpiiPeople:
        """What has been read, with all that is to be said of it."""
        count = len(self.names)
        centre_and_scale = np.array([row[0] for row in self.rows], np.float32).reshape(-1, 3)
        joints = np.array([row[1] for row in self.rows], np.float32).reshape(-1, count, 2)
        visible = np.array([row[2] for row in self.rows], np.float32).reshape(-1, count)
        if not (visible > 0).any() and not self.remarks:
            of = f'{entries} people of {len(self.images)} images'
            self.tell('nobody', of, f'{len(visible)} without a visible joint' if entries else 'none')
        centres, sides = centre_and_scale[:, :2].copy(), _HEIGHT * centre_and_scale[:, 2:]
        has_centre = centres[:, 0] != _NO_CENTRE
        centres[has_centre, 1] += _DOWN / _HEIGHT * sides[has_centre, 0]
        firsts = centres - FIRST_PIXEL - 0.5 * sides
        return MpiiPeople(
            images=self._paths(folder),
            numbers=self.numbers,
            names=self.image_names,
            boxes=np.concatenate([firsts, firsts + sides], 1),
            joints=joints,
            visible=visible,
            entries=entries,
            remarks=self.remarks,
        )

    def _paths(self, folder: str) -> dict[str, str]:
        """Of images, by name."""
        names = list(self.images)
        found = find_odd(folder, {place: name for place, name in enumerate(names) if is_odd(name)})
        if found:
            first, path = next(iter(found.items()))
            more = f', and {len(found) - 1} more' if len(found) > 1 else ''
            self.tell('image-name', 'images', f'{names[first]} is {path}{more}')
        return {name: found.get(place, os.path.join(folder, name)) for place, name in enumerate(names)}


def where(number: int, image: str) -> str:
    """Which person it is, for people."""
    return f'annotation {number} of {PurePath(image).name}'


class _Wrong(Exception):
    """Kind, and what is there."""


def _broken(entry: Any) -> str:
    """What is wrong with an entry as a whole."""
    if not isinstance(entry, Mapping):
        return f'is no mapping: {entry!s:.60}'
    missing = [key for key in _KEYS if entry.get(key) is None]
    if missing:
        return f'lacks {", ".join(missing)}'
    for key, wanted in _KEYS.items():
        value = entry[key]
        is_right = is_file_name(value) if key == 'image' else isinstance(value, list)
        if not (is_right or key == 'scale' and type(value) in (int, float)):
            return f'has {key} {value!r:.40}, which must be {wanted}'
    return ''


def _is_unknown(joint: Any, flag: Any) -> bool:
    """Whether nothing is known of a joint, as null or numbers that are null say."""
    return flag == 0 and (joint is None or isinstance(joint, list) and None in joint)


def _numbers(values: Any) -> np.ndarray:
    """A list's numbers; NaN where it is something else."""
    is_list = isinstance(values, list) and all(
        type(value) in (int, float) and abs(value) < _LARGEST for value in values
    )
    return np.array(values if is_list else [np.nan], np.float64)
