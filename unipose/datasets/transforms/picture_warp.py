"""How a picture as it was lies in a model's input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def picture_warp(results: Mapping[str, Any]) -> np.ndarray:
    """From pixels of the picture as it was to those of the input, after BottomupRandomAffine and then RandomFlip.

    Args:
        results: A sample: ``warp_mat`` ``[2, 3]``, ``input_size``; ``flip`` and ``flip_direction`` where it was drawn.

    Returns:
        ``[3, 3]``.

    Raises:
        ValueError: If the picture was warped in perspective or mirrored otherwise than left to right, or where MMPose's
            RandomFlip mirrors people about the height of the input: it takes ``input_size`` for height and width.
    """
    matrix, (width, height) = np.asarray(results['warp_mat'], np.float64), results['input_size']
    if matrix.shape != (2, 3):
        raise ValueError("whole pictures must be warped by BottomupRandomAffine(transform_mode='affine')")
    matrix = np.vstack([matrix, [0, 0, 1]])
    if 'flip' not in results:
        return matrix
    if width != height:
        raise ValueError(
            f'RandomFlip mirrors people wrongly where an input is not square; give BottomupRandomAffine a square '
            f'input_size, or leave RandomFlip out. Got: {(width, height)}'
        )
    if results.get('flip_direction') not in (None, 'horizontal'):
        raise ValueError(f'pictures are mirrored horizontally alone. Got: {results["flip_direction"]!r}')
    return np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]]) @ matrix if results['flip'] else matrix
