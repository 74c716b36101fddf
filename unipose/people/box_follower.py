"""Where people are in a video whose every n-th frame is searched: in between, where their keypoints say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .pairs import overlaps
from .person import Person
from .person_score import KEYPOINT_SCORE_THR
from .predictor import Detect

_LOST = 0.5  # share of the keypoints' scores at detection; who falls below is lost
_ONE = 0.85  # IoU of boxes that have become one
_SIDE = 4.0  # pixels of a box that is worth looking into


class BoxFollower:
    """Finds people in a video's frames: with a detector on every n-th, and by their keypoints on those between.

    There a box is the detector's, moved by the median of what the person's sure keypoints moved since. The detector is
    also asked, before its turn, on the frame after one in which

    - somebody was lost: their keypoints score less than half, on average, of what they did when they were detected;
    - two people became one: their boxes overlap by an IoU of 0.85, which they did not when they were detected.

    Its next turn is ``every`` frames after that. Who comes into the picture is seen at the next turn; whose box has
    left it is gone. A frame in which the detector finds nobody is no reason to ask it before its turn; one of which
    :meth:`saw` was not told is.

    Args:
        detect: The detector; None takes each frame as one box.
        every: Its turn is every so many frames; with 1 it is asked on all of them.

    Raises:
        ValueError: If ``every`` is below 1.
    """

    def __init__(self, detect: Detect | None, every: int = 1) -> None:
        if every < 1:
            raise ValueError(f'every must be at least 1. Got: {every}')
        self._detect, self.every = detect, every
        self._frames_left = 0  # until the detector's turn; of a frame that is not told of, none
        self._left_then = 0  # as it is once this frame is told of
        self._is_searched = False  # whether the boxes of this frame are the detector's
        self._detected: list[Person] = []  # the people as they were when they were detected
        self._boxes = np.zeros((0, 4), np.float32)  # [N, 4], where they are looked for next

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
        """Says where the people of the next frame are; :meth:`saw` is told then what was predicted of them.

        Args:
            image: ``[H, W, 3]``, uint8, BGR.

        Returns:
            Boxes ``[N, 4]``, image pixels, and the scores ``[N]`` that they had when they were detected; None of either
            without a detector.
        """
        if self._detect is None:
            return None, None
        if self.every == 1:
            return self._detect(image)
        self._is_searched = self._frames_left == 0
        self._left_then, self._frames_left = (self._frames_left or self.every) - 1, 0
        if self._is_searched:
            return self._detect(image)
        boxes = self._boxes.clip(0, [image.shape[1], image.shape[0]] * 2)
        inside = (boxes[:, 2:] - boxes[:, :2] >= _SIDE).all(-1)
        self._detected = [person for person, is_inside in zip(self._detected, inside, strict=True) if is_inside]
        return boxes[inside], np.array([person.bbox_score for person in self._detected], np.float32)

    def saw(self, people: Sequence[Person]) -> None:
        """Takes what was predicted of the people of the frame, in order of its boxes.

        Raises:
            ValueError: If there are more or fewer people than boxes.
        """
        if self._detect is None or self.every == 1:
            return
        if self._is_searched:
            self._detected = list(people)
        if len(people) != len(self._detected):
            raise ValueError(
                f'of {len(self._detected)} boxes as many people are to be told, in their order. Got: {len(people)}'
            )
        self._frames_left = self._left_then
        pairs = list(zip(people, self._detected, strict=True))
        self._boxes = np.array([_box_of(*pair) for pair in pairs], np.float32).reshape(-1, 4)
        if any(_is_lost(*pair) for pair in pairs) or self._are_one():
            self._frames_left = 0

    def _are_one(self) -> bool:
        """Whether the boxes of two people have come to be one."""
        then = np.array([person.bbox for person in self._detected]).reshape(-1, 4)
        return bool(((overlaps(self._boxes, self._boxes) > _ONE) & (overlaps(then, then) <= _ONE)).any())


def _box_of(person: Person, detected: Person) -> np.ndarray:
    """The detector's box, as far away as the keypoints that are sure, and were then, went since."""
    sure = (person.scores > KEYPOINT_SCORE_THR) & (detected.scores > KEYPOINT_SCORE_THR)
    if not sure.any():
        return person.bbox
    went = np.median(person.keypoints[sure] - detected.keypoints[sure], axis=0)
    return detected.bbox + np.tile(went, 2)


def _is_lost(person: Person, detected: Person) -> bool:
    return bool(person.scores.clip(0).mean() < _LOST * detected.scores.clip(0).mean())
