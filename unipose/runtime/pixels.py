"""From pixels to what a network is fed."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np


class Normaliser:
    """Takes the mean from every channel and divides by the standard deviation, by looking each value up.

    Args:
        mean: Of each channel, in the order that the network takes them.
        std: Of each channel.
        rgb: Whether the network takes RGB; otherwise BGR.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], rgb: bool) -> None:
        mean, std = np.asarray(mean, np.float32), np.asarray(std, np.float32)
        self._tables = (np.arange(256, dtype=np.float32) - mean[:, None]) / std[:, None]  # [3, 256]
        self._rgb = rgb

    def __call__(self, image: np.ndarray, out: np.ndarray) -> None:
        """Normalises ``image``, ``[H, W, 3]``, uint8, BGR, into ``out``, ``[3, H, W]``, float32."""
        channels = cv2.split(image)
        for channel, table, plane in zip(channels[::-1] if self._rgb else channels, self._tables, out, strict=True):
            cv2.LUT(channel, table, plane)
