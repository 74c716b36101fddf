"""Draws what was predicted of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from unipose.skeletons import Skeleton

from .draw_skeleton import draw_skeleton


class Keypoints(Protocol):
    """What is drawn of a person."""

    @property
    def keypoints(self) -> np.ndarray:
        """``[K, 2]``, image pixels."""

    @property
    def scores(self) -> np.ndarray:
        """``[K]``."""


def draw_people(
    image: np.ndarray,
    people: Sequence[Keypoints],
    skeleton: Skeleton,
    kpt_thr: float = 0.5,
    radius: float | None = None,
    thickness: float | None = None,
) -> np.ndarray:
    """Draws people, of whom there may be none; everything else as :func:`draw_skeleton`."""
    keypoints = np.array([person.keypoints for person in people]).reshape(-1, len(skeleton), 2)
    scores = np.array([person.scores for person in people]).reshape(keypoints.shape[:2])
    return draw_skeleton(image, keypoints, scores, skeleton, kpt_thr, radius, thickness)
