"""A detector that knows where people are, and errs as one does: it is inexact, and misses who is hidden."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .film import Truth

_INEXACT = 0.025  # standard deviation of a side, of the box's size
_MISSED = ((0.25, 0.9), (0.6, 0.3), (1.1, 0.02))  # visible share below which one is missed so often


def find(truths: Sequence[Truth], size: tuple[int, int], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Finds people.

    Args:
        truths: The people of a frame.
        size: Width and height of the picture, pixels.
        rng: Source of all mistakes.

    Returns:
        Boxes ``[N, 4]``, pixels, and scores ``[N]``, which are lower of who is hidden.
    """
    boxes, scores = [], []
    for truth in truths:
        missed = next(share for visible, share in _MISSED if truth.visible < visible)
        sides = np.tile(truth.box[2:] - truth.box[:2], 2)
        box = (truth.box + rng.normal(0, _INEXACT, 4) * sides).clip(0, [*size, *size])
        score = float(np.clip(0.35 + 0.55 * truth.visible + rng.normal(0, 0.05), 0.3, 1))
        if rng.random() >= missed and (box[2:] - box[:2] > 4).all():
            boxes.append(box)
            scores.append(score)
    return np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32)
