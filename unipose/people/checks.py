"""What a caller gives is checked once, with a message that says what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unipose.files import read_image


def checked_image(image: Any) -> np.ndarray:
    """The image, read where it is a file, if it is ``[H, W, 3]``, uint8, and not empty; otherwise ValueError."""
    image = read_image(image) if isinstance(image, str | Path) else image
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        got = f'{image.shape}, {image.dtype}' if isinstance(image, np.ndarray) else type(image).__name__
        raise ValueError(f'an image must be a file or an array [H, W, 3], uint8, BGR. Got: {got}')
    if not image.size:
        raise ValueError(f'the image is empty. Got: {image.shape}')
    return image


def checked_boxes(
    boxes: np.ndarray | Sequence[Sequence[float]] | None,
    box_scores: np.ndarray | Sequence[float] | None,
    image: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Boxes and their scores.

    Args:
        boxes: ``[N, 4]``, x1, y1, x2, y2, image pixels; None is the whole image as one box.
        box_scores: ``[N]``; by default 1.
        image: ``[H, W, 3]``.

    Returns:
        Both as float32.

    Raises:
        ValueError: If shapes are wrong, or a box is empty or not finite.
    """
    if boxes is None:
        boxes = [[0, 0, image.shape[1], image.shape[0]]]
    boxes = np.asarray(boxes, np.float32)
    boxes = boxes.reshape(0, 4) if boxes.size == 0 else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f'boxes must be [N, 4]: x1, y1, x2, y2. Got: {boxes.shape}')
    wrong = [box.tolist() for box in boxes if not (np.isfinite(box).all() and (box[2:] > box[:2]).all())]
    if wrong:
        raise ValueError(f'boxes must be finite, with x2 > x1 and y2 > y1 (x1, y1, x2, y2). Got: {wrong[:3]}')
    scores = np.ones(len(boxes), np.float32) if box_scores is None else np.asarray(box_scores, np.float32)
    if scores.shape != (len(boxes),):
        raise ValueError(f'box_scores must be [{len(boxes)}], one per box. Got: {scores.shape}')
    return boxes, scores
