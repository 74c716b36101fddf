"""Who is who in a video: every person has an id, the same from frame to frame."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from unipose.skeletons import Skeleton
from unipose.skeletons.oks import oks

from .frame_clock import FrameClock
from .pairs import overlaps, partners
from .person import Person
from .person_score import KEYPOINT_SCORE_THR

_SURE = 0.6  # score of a box that may be a new person's, and that goes to whom it is most alike first
_ALIKE = 0.1  # least mean of IoU and OKS
_KEPT = 1.0  # seconds that a person may be out of sight
_STEADY = 0.4  # seconds over which a person's speed is a mean
_REACH = 4.0  # times COCO's sigmas; a person moves more from frame to frame than annotators differ
_BODY = 0.53  # of its box's area is a person's, as COCO's OKS takes it


@dataclasses.dataclass
class _Track:
    """Somebody as last seen: when, and how fast the box's middle went, pixels a second ``[2]``."""

    person: Person
    seconds: float
    speed: np.ndarray


class PeopleTracker:
    """Gives the people of a video ids, from 1.

    A person is who lies where somebody of the last second would be who had gone on at the same speed: by the mean of
    their boxes' IoU and their keypoints' OKS, the most alike first. As in ByteTrack, boxes that the detector is sure of
    come first; the others go to whom nobody was found for, and are nobody's else: a box that scores below 0.6 begins no
    new id, and has none until then. Who is away for longer than a second, or comes back at another place, is somebody
    new: what people look like is not compared.

    Args:
        skeleton: The skeleton of the people.
        fps: Frames per second, of frames whose times are not told.

    Raises:
        ValueError: If ``fps`` is not positive.

    Source:
        Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022.

    Example:
        tracker = PeopleTracker(predictor.skeleton)
        for frame in VideoReader('film.mp4'):
            people = tracker(predictor(frame.image), frame.seconds)
    """

    def __init__(self, skeleton: Skeleton, fps: float = 25.0) -> None:
        if fps <= 0:
            raise ValueError(f'fps must be positive. Got: {fps}')
        self._clock, self._sigmas = FrameClock(fps, 'tracker'), _REACH * np.array(skeleton.sigmas)
        self._tracks: list[_Track] = []
        self._last_id = 0

    def __call__(self, people: Sequence[Person], seconds: float | None = None) -> list[Person]:
        """Tells who the people of the next frame are.

        Args:
            people: Its people.
            seconds: When it is shown, later than the frame before; by default at a constant rate.

        Returns:
            The same people in the same order, with their ``track_id``.

        Raises:
            ValueError: If it is not later.
        """
        now = self._clock.tick(seconds)
        self._tracks = [track for track in self._tracks if now - track.seconds <= _KEPT]
        waiting, found = list(self._tracks), list(people)
        for is_first in (True, False):
            places = [place for place, one in enumerate(people) if (one.bbox_score >= _SURE) == is_first]
            alike = self._alike([people[place] for place in places], waiting, now)
            tracks = [None if one is None else waiting[one] for one in partners(alike, _ALIKE)]
            for place, track in zip(places, tracks, strict=True):
                if track is not None:
                    found[place] = _seen(track, people[place], now)
                elif is_first:
                    found[place] = self._begin(people[place], now)
            waiting = [track for track in waiting if track.seconds < now]
        return found

    def _alike(self, people: Sequence[Person], tracks: Sequence[_Track], now: float) -> np.ndarray:
        """How alike people and those who are waited for are, ``[N, M]``."""
        if not people or not tracks:
            return np.zeros((len(people), len(tracks)))
        boxes, keypoints, sure = _together(people)
        last_boxes, last_keypoints, last_sure = _together([track.person for track in tracks])
        went = np.stack([track.speed * (now - track.seconds) for track in tracks])  # [M, 2]
        both = sure[:, None] & last_sure
        both |= ~both.any(-1, keepdims=True)  # where nothing is sure, everything is asked
        area = _BODY * np.sqrt(_areas(boxes)[:, None] * _areas(last_boxes))
        near = oks(keypoints[:, None], last_keypoints + went[:, None], both, area, self._sigmas)
        # no keypoint counts where a skeleton knows no sigmas
        return (np.nan_to_num(near) + overlaps(boxes, last_boxes + np.tile(went, 2))) / 2

    def _begin(self, person: Person, now: float) -> Person:
        self._last_id += 1
        person = dataclasses.replace(person, track_id=self._last_id)
        self._tracks.append(_Track(person, now, np.zeros(2)))
        return person


def _seen(track: _Track, person: Person, now: float) -> Person:
    """The person as whom the track is of."""
    elapsed = now - track.seconds
    went = (person.bbox - track.person.bbox).reshape(2, 2).mean(0) / elapsed
    track.speed = track.speed + (1 - np.exp(-elapsed / _STEADY)) * (went - track.speed)
    track.person, track.seconds = dataclasses.replace(person, track_id=track.person.track_id), now
    return track.person


def _together(people: Sequence[Person]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes ``[N, 4]``, keypoints ``[N, K, 2]`` and which of these are sure ``[N, K]``."""
    scores = np.stack([person.scores for person in people])
    boxes, keypoints = (np.stack([getattr(one, name) for one in people]) for name in ('bbox', 'keypoints'))
    return boxes, keypoints, scores > KEYPOINT_SCORE_THR


def _areas(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, 2:] - boxes[:, :2]).prod(-1)
