"""Pictures as the content of a file."""

from __future__ import annotations

import cv2
import numpy as np

_JPEG_SIDE = 65_500  # pixels that OpenCV writes; libjpeg's own limit is a little more


def encode_picture(image: np.ndarray) -> tuple[str, bytes]:
    """Encodes a picture as JPEG, or as PNG where it is too large for that.

    Args:
        image: ``[H, W, 3]``, uint8, BGR.

    Returns:
        The suffix, ``.jpg`` or ``.png``, and the content.

    Raises:
        ValueError: If it cannot be encoded.
    """
    suffix = '.jpg' if max(image.shape[:2]) <= _JPEG_SIDE else '.png'
    done, content = cv2.imencode(suffix, image)
    if not done:  # and there is an empty file in it
        raise ValueError(f'OpenCV cannot write a picture of {image.shape[1]}x{image.shape[0]} pixels as {suffix}')
    return suffix, content.tobytes()
