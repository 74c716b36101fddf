"""Steadies the keypoints of a video: a low-pass filter that lets fast movements through."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from .frame_clock import FrameClock
from .pairs import overlaps, partners
from .person import Person

_LEAST_OVERLAP = 0.3  # IoU of a person's boxes in two frames that follow each other
_SPEED_CUTOFF = 1.0  # Hz, of the filter on speeds
_KEPT = 1.0  # seconds that who has an id may be out of sight


@dataclasses.dataclass
class _State:
    """A person as it was last seen, smoothed: its keypoints' speeds ``[K, 2]``, pixels per second, and when."""

    person: Person
    speed: np.ndarray
    seconds: float


class PeopleSmoother:
    """One-Euro filter on every keypoint of every person.

    A person with a ``track_id``, of a :class:`PeopleTracker`, is who had it within the last second. One without, or
    with a new one, is who overlaps most with one of the frame before who had none, and begins anew where nobody does.

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
        self._clock, self.min_cutoff, self.beta = FrameClock(fps, 'smoother'), min_cutoff, beta
        self._states: list[_State] = []

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
        now, before = self._clock.tick(seconds), self._who_is_who(people)
        states = [self._filtered(person, state, now) for person, state in zip(people, before, strict=True)]
        ids = {person.track_id for person in people}
        away = [one for one in self._states if one.person.track_id not in ids and now - one.seconds < _KEPT]
        self._states = states + [one for one in away if one.person.track_id is not None]
        return [state.person for state in states]

    def _who_is_who(self, people: Sequence[Person]) -> list[_State | None]:
        """What is known of each person."""
        known = {state.person.track_id: state for state in self._states}
        nameless = [state for state in self._states if state.person.track_id is None]
        found = [None if person.track_id is None else known.get(person.track_id) for person in people]
        places = [place for place, state in enumerate(found) if state is None]
        if places and nameless:
            boxes = [
                np.stack([one.bbox for one in of_all])
                for of_all in ([people[place] for place in places], [state.person for state in nameless])
            ]
            for place, one in zip(places, partners(overlaps(*boxes), _LEAST_OVERLAP), strict=True):
                found[place] = None if one is None else nameless[one]
        return found

    def _filtered(self, person: Person, state: _State | None, now: float) -> _State:
        if state is None:
            return _State(person, np.zeros_like(person.keypoints), now)
        before, elapsed = state.person, now - state.seconds
        difference = person.keypoints - before.keypoints
        speed = state.speed + _share(_SPEED_CUTOFF, elapsed) * (difference / elapsed - state.speed)
        height = max(float(person.bbox[3] - person.bbox[1]), 1.0)
        moved = np.linalg.norm(speed, axis=-1, keepdims=True) / height  # [K, 1], heights per second
        places = before.keypoints + _share(self.min_cutoff + self.beta * moved, elapsed) * difference
        # a keypoint that was missing, or is, has no place to start from
        known = ((before.scores > 0) & (person.scores > 0) & np.isfinite(places).all(-1))[:, None]
        places = np.where(known, places, person.keypoints).astype(np.float32)
        return _State(dataclasses.replace(person, keypoints=places), np.where(known, speed, 0), now)


def unchanged(people: Sequence[Person], seconds: float | None = None) -> list[Person]:
    """The people as they are; stands for a :class:`PeopleSmoother` or a :class:`PeopleTracker` where there is none."""
    return list(people)


def _share(cutoff: float | np.ndarray, elapsed: float) -> float | np.ndarray:
    """How much of a new value is taken, of a cutoff (Hz), seconds after the one before."""
    return 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff * elapsed))
