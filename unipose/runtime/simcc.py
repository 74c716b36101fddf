"""What an exported student is called to give, and how its SimCC outputs become keypoints."""

from __future__ import annotations

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
