"""Boxes against the picture that they are in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .remark import Remark


def outside(where: str, box: np.ndarray, size: Sequence[float]) -> Remark | None:
    """What is to be said of a box, x1, y1, x2, y2, that has nothing in common with its picture; None of another."""
    first, second = np.asarray(box, np.float64).reshape(2, 2)
    if (second > 0).all() and (first < size).all():
        return None
    return Remark('box-outside', where, described_box(box, size))


def described_box(box: np.ndarray, size: Sequence[float]) -> str:
    """A box, x1, y1, x2, y2, and its picture's width and height, for people.

    >>> described_box(np.array([1, 2, 3.14, 4]), (640, 480))
    'box [1.0, 2.0, 3.1, 4.0] (x1, y1, x2, y2), image 640x480'
    """
    return f'box {np.round(box, 1).tolist()} (x1, y1, x2, y2), image {size[0]:g}x{size[1]:g}'
