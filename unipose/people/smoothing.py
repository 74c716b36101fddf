"""Steadies the keypoints of a video: a low-pass filter that lets fast movements through."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from .person import Person

_LEAST_OVERLAP = 0.3  # IoU of a person's boxes in two frames that follow each other
_SPEED_CUTOFF = 1.0  # Hz, of the filter on speeds


class PeopleSmoother:
    """One-Euro filter on every keypoint of every person.

    There is no tracking: a person is who overlaps most with one of the frame before, and begins anew where nobody does.

    Args:
        fps: Frames per second, of frames whose times are not told.
        min_cutoff: Cutoff of what stands still, Hz; lower is steadier.
        beta: By how many Hz the cutoff rises with each person's height (of its box) that a keypoint moves in a second;
            higher lags less behind.

    Raises:
        ValueError: If a number is not positive.

    Source:
        Casiez, Roussel and Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in Interactive
        Systems", CHI 2012.
    """

    def __init__(self, fps: float = 25.0, min_cutoff: float = 1.0, beta: float = 10.0) -> None:
        if min(fps, min_cutoff, beta) <= 0:
            raise ValueError(f'fps, min_cutoff and beta must be positive. Got: {fps}, {min_cutoff}, {beta}')
        self.fps, self.min_cutoff, self.beta = fps, min_cutoff, beta
        self._seconds: float | None = None  # of the frame before
        self._before: list[Person] = []
        self._speeds: list[np.ndarray] = []  # of each person, [K, 2], pixels per second

    def __call__(self, people: Sequence[Person], seconds: float | None = None) -> list[Person]:
        """Smooths the people of the next frame.

        Args:
            people: Its people.
            seconds: When it is shown, later than the frame before; by default at a constant rate.

        Returns:
            The same people in the same order, with steadier keypoints.

        Raises:
            ValueError: If it is not later.
        """
        told = seconds is not None and self._seconds is not None
        elapsed = seconds - self._seconds if told else 1.0 / self.fps
        if elapsed <= 0:
            raise ValueError(f'a frame at {seconds} s cannot follow one at {self._seconds} s; take another smoother')
        self._seconds = seconds
        before, speeds = self._before, self._speeds
        partners = _partners([person.bbox for person in people], [person.bbox for person in before])
        self._before, self._speeds = [], []
        for person, partner in zip(people, partners, strict=True):
            if partner is None:
                smoothed, speed = person, np.zeros_like(person.keypoints)
            else:
                smoothed, speed = self._filtered(person, before[partner], speeds[partner], elapsed)
            self._before.append(smoothed)
            self._speeds.append(speed)
        return list(self._before)

    def _filtered(self, person: Person, before: Person, speed: np.ndarray, elapsed: float) -> tuple[Person, np.ndarray]:
        difference = person.keypoints - before.keypoints
        speed = speed + _share(_SPEED_CUTOFF, elapsed) * (difference / elapsed - speed)
        height = max(float(person.bbox[3] - person.bbox[1]), 1.0)
        moved = np.linalg.norm(speed, axis=-1, keepdims=True) / height  # [K, 1], heights per second
        places = before.keypoints + _share(self.min_cutoff + self.beta * moved, elapsed) * difference
        # a keypoint that was missing, or is, has no place to start from
        known = ((before.scores > 0) & (person.scores > 0) & np.isfinite(places).all(-1))[:, None]
        places = np.where(known, places, person.keypoints).astype(np.float32)
        return dataclasses.replace(person, keypoints=places), np.where(known, speed, 0)


def unsmoothed(people: Sequence[Person], seconds: float | None = None) -> list[Person]:
    """The people as they are; stands for a :class:`PeopleSmoother` where there is none."""
    return list(people)


def _share(cutoff: float | np.ndarray, elapsed: float) -> float | np.ndarray:
    """How much of a new value is taken, of a cutoff (Hz), seconds after the one before."""
    return 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff * elapsed))


def _partners(boxes: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> list[int | None]:
    """For each box the one of the others that it overlaps with, the closest pairs first."""
    partners: list[int | None] = [None] * len(boxes)
    if len(boxes) and len(others):
        overlaps = _ious(np.stack(boxes), np.stack(others))
        while overlaps.max() >= _LEAST_OVERLAP:
            row, column = np.unravel_index(overlaps.argmax(), overlaps.shape)
            partners[row] = int(column)
            overlaps[row], overlaps[:, column] = -1, -1
    return partners


def _ious(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    first, second = boxes[:, None], others[None]
    sides = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    shared = sides.clip(0).prod(-1)
    areas = [(box[..., 2:] - box[..., :2]).prod(-1) for box in (first, second)]
    return shared / (areas[0] + areas[1] - shared)
