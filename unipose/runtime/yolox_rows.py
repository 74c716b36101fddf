"""Reads the outputs of a YOLOX that was exported without its suppression of doubles."""

from __future__ import annotations

import cv2
import numpy as np

_STRIDES = ((8, 16, 32), (8, 16, 32, 64))
_NMS = 0.45  # as its own demo has it, and rtmlib


class YoloxRows:
    """From rows ``[1, N, 5 + C]`` (centre, size, objectness and each class's probability) to boxes of people.

    A row belongs to a cell of grids of 8, 16 and 32 pixels. Its numbers are relative to the cell, or (exported with
    ``--decode_in_inference``) pixels: whichever brings boxes nearer to their cells.

    Args:
        shape: Of the rows.
        input_size: Width and height of the network's input.
        person: The class that people are.

    Raises:
        ValueError: If there are more or fewer rows than cells, or no such class.

    Source:
        https://github.com/Megvii-BaseDetection/YOLOX/blob/0.3.0/yolox/utils/demo_utils.py, ``demo_postprocess``.
    """

    def __init__(self, shape: tuple[int, ...], input_size: tuple[int, int], person: int = 0) -> None:
        grids = [_cells(input_size, strides) for strides in _STRIDES]
        fitting = [cells for cells in grids if len(cells) == shape[1]]
        if len(shape) != 3 or not fitting:
            raise ValueError(
                f'of images of {input_size} pixels (width, height) YOLOX gives {len(grids[0])} rows of 5 numbers and '
                f'those of its classes. Got: outputs {list(shape)}'
            )
        if shape[2] <= 5 + person:
            raise ValueError(f'it has {shape[2] - 5} classes, and people should be number {person}, from 0')
        self._corners, self._strides = fitting[0][:, :2], fitting[0][:, 2:]
        self._person = person

    def __call__(self, rows: np.ndarray, score_thr: float) -> tuple[np.ndarray, np.ndarray]:
        """Finds people.

        Args:
            rows: ``[1, N, 5 + C]``.
            score_thr: Least score of a box.

        Returns:
            Boxes ``[M, 4]``, x1, y1, x2, y2, input pixels, and scores ``[M]``.
        """
        centers, sizes = rows[0, :, :2], rows[0, :, 2:4]
        scores = rows[0, :, 4] * rows[0, :, 5 + self._person]
        if np.abs(centers).mean() < np.abs(centers / self._strides - self._corners).mean():
            centers, sizes = (centers + self._corners) * self._strides, np.exp(sizes) * self._strides
        kept = scores >= score_thr
        boxes, scores = np.concatenate([centers - sizes / 2, sizes], -1)[kept], scores[kept]  # x, y, width, height
        best = np.array(cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), score_thr, _NMS), int).ravel()
        return np.concatenate([boxes[best, :2], boxes[best, :2] + boxes[best, 2:]], -1), scores[best]


def _cells(input_size: tuple[int, int], strides: tuple[int, ...]) -> np.ndarray:
    """Column, row and pixels of each cell, ``[N, 3]``."""
    parts = []
    for stride in strides:
        columns, rows = np.meshgrid(*(np.arange(side // stride) for side in input_size))
        parts.append(np.stack([columns.ravel(), rows.ravel(), np.full(columns.size, stride)], -1))
    return np.concatenate(parts).astype(np.float32)
