"""MPII's annotations as MMPose reads them: what an entry means, for all that read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .remark import Remark

_KEYS = {'image': str, 'center': list, 'scale': int | float, 'joints': list, 'joints_vis': list}


@dataclass(frozen=True)
class MpiiEntry:
    """A person.

    Args:
        number: Of the entry.
        image: Name of the image.
        remark: What is wrong with it; the numbers are then missing.
        centre_and_scale: ``[3]``, 1-based pixels, and the height in 200 pixels.
        joints: ``[K, 2]``, 1-based pixels.
        visible: ``[K]``, 0 or 1.
    """

    number: int
    image: str | None
    remark: Remark | None = None
    centre_and_scale: np.ndarray | None = None
    joints: np.ndarray | None = None
    visible: np.ndarray | None = None


def read_mpii_entries(content: Sequence[Any], names: Sequence[str]) -> Iterator[MpiiEntry]:
    """Reads people one by one.

    Args:
        content: Of the file: for each person image, center, scale, joints and joints_vis.
        names: Of the keypoints.
    """
    for number, entry in enumerate(content):
        held = entry if isinstance(entry, Mapping) else {}
        lacks = [
            key for key, kind in _KEYS.items() if not isinstance(held.get(key), kind) or isinstance(held[key], bool)
        ]
        if lacks:
            yield MpiiEntry(number, None, Remark('broken-entry', f'entry {number}', f'lacks {", ".join(lacks)}'))
        else:
            yield _read_person(entry, number, names)


def _read_person(entry: Mapping[str, Any], number: int, names: Sequence[str]) -> MpiiEntry:
    count, wrong = len(names), None
    joints, visible = _numbers(entry['joints']), _numbers(entry['joints_vis'])
    box = _numbers([*entry['center'], entry['scale']])
    if joints is None or joints.shape != (count, 2) or visible is None or visible.shape != (count,):
        lengths = f'{len(entry["joints"])} joints, {len(entry["joints_vis"])} joints_vis'
        wrong = 'keypoint-count', f'{lengths}; the skeleton has {count} keypoints'
    elif box is None or box.shape != (3,) or box[2] <= 0:
        wrong = 'box-empty', f'center {entry["center"]}, scale {entry["scale"]}'
    elif not np.isfinite(np.concatenate([box, visible, joints.ravel()])).all():
        wrong = 'not-a-number', 'in center, scale, joints or joints_vis'
    elif not ((visible == 0) | (visible == 1)).all():
        flags = [f'{name} {flag:g}' for name, flag in zip(names, visible) if flag not in (0, 1)]
        wrong = 'visibility', f'joints_vis is 0 or 1: {", ".join(flags)}'
    if wrong:
        kind, what = wrong
        return MpiiEntry(number, entry['image'], Remark(kind, f'annotation {number} of {entry["image"]}', what))
    return MpiiEntry(number, entry['image'], None, box, joints, visible)


def _numbers(values: list[Any]) -> np.ndarray | None:
    """Numbers as float64, of whatever shape; None if they are something else."""
    try:
        found = np.asarray(values)
    except ValueError:
        return None
    return found.astype(np.float64) if found.dtype.kind in 'iuf' else None
