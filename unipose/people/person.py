"""What is predicted of one person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from unipose.skeletons import Skeleton

from .person_score import person_score


class Keypoint(NamedTuple):
    """Where a keypoint is, image pixels, and how sure that is; a score of at most 0 is of one that is missing."""

    x: float
    y: float
    score: float


@dataclass(frozen=True)
class Person:
    """One person's keypoints; ``person['left_wrist']`` is one of them.

    Args:
        keypoints: ``[K, 2]``, image pixels, xy, 0-based.
        scores: ``[K]``.
        bbox: ``[4]``, the box it was looked for in, or that a model of whole pictures has around it: x1, y1, x2, y2,
            image pixels.
        bbox_score: The detector's score of the box; 1 for a box that was given, or that is the model's own.
        found_score: How sure a model of whole pictures is of the person; None of one who was looked for in a box.
        oks: The OKS that a rescorer predicts; None without one.
        track_id: Who it is in a video, see :class:`PeopleTracker`; None where nobody was followed.
        names: Names of the keypoints, ``[K]``.
    """

    keypoints: np.ndarray
    scores: np.ndarray
    bbox: np.ndarray
    bbox_score: float = 1.0
    oks: float | None = None
    names: tuple[str, ...] = field(default=(), repr=False)
    track_id: int | None = None
    found_score: float | None = None

    def __getitem__(self, name: str) -> Keypoint:
        """A keypoint by its name.

        Raises:
            KeyError: If the person has none of that name.
        """
        if name not in self.names:
            raise KeyError(f'there is no keypoint {name!r}; there are {", ".join(self.names) or "none with a name"}')
        index = self.names.index(name)
        return Keypoint(*map(float, (*self.keypoints[index], self.scores[index])))

    @property
    def score(self) -> float:
        """How sure the person is: the OKS that a rescorer predicts, what found it says, or :func:`person_score`."""
        if self.oks is not None:
            return self.oks
        return float(person_score(self.scores, self.bbox_score)) if self.found_score is None else self.found_score

    def to_instance(self) -> dict[str, Any]:
        """The person as MMPose's inferencer writes it into JSON, ``bbox`` a list with one box; and our own."""
        instance = dict(
            keypoints=_rounded(self.keypoints),
            keypoint_scores=_rounded(self.scores),
            bbox=[_rounded(self.bbox)],
            bbox_score=_rounded(np.float64(self.bbox_score)),
            score=_rounded(np.float64(self.score)),
        )
        return instance if self.track_id is None else instance | dict(track_id=self.track_id)


def people_to_json(people: Sequence[Person], skeleton: Skeleton, image_name: str, image_shape: Sequence[int]) -> bytes:
    """One image's predictions as a JSON file.

    Args:
        people: The people.
        skeleton: Their skeleton.
        image_name: The image's file name.
        image_shape: Its height and width, pixels.

    Returns:
        An object with ``instances``, as MMPose's inferencer writes them, and ``meta``, which says what the keypoints
        are.
    """
    meta = describe(skeleton, image=image_name, width=int(image_shape[1]), height=int(image_shape[0]))
    content = dict(meta=meta, instances=[person.to_instance() for person in people])
    return (json.dumps(content, allow_nan=False) + '\n').encode()


def frame_to_json(people: Sequence[Person], number: int, seconds: float) -> str:
    """One frame's predictions as a line of JSON, with its number and when it is shown, ``time``, in seconds."""
    content = dict(frame=number, time=round(seconds, 6), instances=[person.to_instance() for person in people])
    return json.dumps(content, allow_nan=False)


def describe(skeleton: Skeleton, **more: Any) -> dict[str, Any]:
    """What a file of predictions says of its keypoints, and more."""
    return more | dict(skeleton=skeleton.name, keypoint_names=skeleton.names, skeleton_links=skeleton.link_indices)


def _rounded(values: np.ndarray) -> Any:
    """Numbers for JSON; more digits than these a float32 prediction does not have."""
    return np.round(values.astype(np.float64), 5).tolist()
