"""Finds people in pictures and predicts their keypoints, whichever network does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias, overload

import numpy as np

from unipose.skeletons import Skeleton

from .checks import checked_image
from .draw_people import draw_people
from .person import Person

Image: TypeAlias = str | Path | np.ndarray
"""A file, or ``[H, W, 3]``, uint8, BGR."""
Boxes: TypeAlias = np.ndarray | Sequence[Sequence[float]]
"""``[N, 4]``: x1, y1, x2, y2, image pixels."""
Detect: TypeAlias = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From an image ``[H, W, 3]``, uint8, BGR, to boxes ``[N, 4]`` and their scores ``[N]``."""
Predict: TypeAlias = Callable[[Sequence[Any], Sequence[Any], Sequence[Any]], list[list[Person]]]
"""From images, the boxes of each (None: the whole image) and their scores (None: 1) to the people in each."""


class Predictor:
    """A student, and what finds people for it: what :func:`unipose.load` returns.

    Args:
        predict: The student.
        skeleton: What it predicts.
        detect: What finds people; None takes an image as one person's.

    Example:
        predictor = unipose.load()
        (person,) = predictor('photo.jpg')
        print(person['nose'], person.score)
    """

    def __init__(self, predict: Predict, skeleton: Skeleton, detect: Detect | None = None) -> None:
        self.skeleton = skeleton
        self._predict, self._detect = predict, detect

    @overload
    def __call__(self, images: Image, boxes: Boxes | None = None) -> list[Person]: ...

    @overload
    def __call__(
        self, images: list[Any] | tuple[Any, ...], boxes: Sequence[Boxes | None] | None = None
    ) -> list[list[Person]]: ...

    def __call__(self, images: Any, boxes: Any = None) -> list[Person] | list[list[Person]]:
        """Predicts the people of an image, or of each of several.

        Args:
            images: A file, or ``[H, W, 3]``, uint8, BGR; or a list of these.
            boxes: ``[N, 4]``, x1, y1, x2, y2, image pixels, or a list of these; None is whom the detector finds, or
                without one the whole image.

        Returns:
            One :class:`Person` per box, in order; of several images a list for each.

        Raises:
            ValueError: If an image cannot be read, or shapes or boxes are wrong.
        """
        if not isinstance(images, list | tuple):
            return self([images], [boxes])[0]
        if boxes is not None and len(boxes) != len(images):
            raise ValueError(f'{len(images)} images need as many lists of boxes, or None. Got: {len(boxes)}')
        pictures = [checked_image(image) for image in images]
        found = [self._boxes(*pair) for pair in zip(pictures, boxes or [None] * len(images))]
        return self._predict(pictures, *zip(*found)) if found else []

    def draw(self, image: Image, people: Sequence[Person], kpt_thr: float = 0.5) -> np.ndarray:
        """Draws people into a copy of an image.

        Args:
            image: A file, or ``[H, W, 3]``, uint8, BGR.
            people: Who was predicted in it.
            kpt_thr: Least score of a keypoint that is drawn.

        Returns:
            ``[H, W, 3]``, uint8, BGR.
        """
        return draw_people(checked_image(image), people, self.skeleton, kpt_thr)

    def _boxes(self, image: np.ndarray, boxes: Boxes | None) -> tuple[Any, Any]:
        return self._detect(image) if boxes is None and self._detect else (boxes, None)
