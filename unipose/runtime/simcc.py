"""What an exported student is called to give, and how its SimCC outputs become keypoints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SIMCC_OUTPUTS = ['simcc_x', 'simcc_y']
DECODED_OUTPUTS = ['keypoints', 'scores']


def decode_simcc(
    simcc_x: np.ndarray, simcc_y: np.ndarray, input_size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Decodes as MMPose does.

    Args:
        simcc_x: ``[B, K, Wx]``.
        simcc_y: ``[B, K, Wy]``.
        input_size: Width and height of the network's input.

    Returns:
        Keypoints ``[B, K, 2]``, input pixels, xy, one bin outside where one is missing; and scores ``[B, K]``.
    """
    places = np.stack([simcc_x.argmax(-1), simcc_y.argmax(-1)], -1).astype(np.float32)
    scores = np.minimum(simcc_x.max(-1), simcc_y.max(-1))
    places[scores <= 0] = -1
    bins_per_pixel = np.array([simcc_x.shape[-1], simcc_y.shape[-1]], np.float32) / input_size
    return places / bins_per_pixel, scores


def is_tied(
    outputs: Sequence[np.ndarray], places: np.ndarray, input_size: tuple[int, int], tolerance: float
) -> np.ndarray:
    """Where a network says as much for other places as for its own, so that a keypoint may be at either.

    Args:
        outputs: SimCC outputs along x and y, ``[N, K, W]`` each.
        places: The other places, ``[N, K, 2]``, input pixels.
        input_size: Width and height of the network's input.
        tolerance: By how much outputs may differ.

    Returns:
        Along each axis, ``[N, K, 2]``.
    """
    found = []
    for axis, (rows, side) in enumerate(zip(outputs, input_size, strict=True)):
        bins = np.round(places[..., axis] * rows.shape[-1] / side).clip(0, rows.shape[-1] - 1).astype(int)
        found.append(rows.max(-1) - np.take_along_axis(rows, bins[..., None], -1)[..., 0] <= tolerance)
    return np.stack(found, -1)
