"""Warps pictures of any size."""

from __future__ import annotations

import cv2
import numpy as np

_LONGEST = 32_766  # pixels of a side that OpenCV warps
_BORDER = 2  # pixels that interpolation reads around a place


def is_too_long(image: np.ndarray) -> bool:
    """Whether OpenCV refuses to warp an image ``[H, W, ...]``."""
    return max(image.shape[:2]) > _LONGEST


def warp_affine(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Warps as ``cv2.warpAffine`` does, linearly and with zeros outside, a picture that may be too long for it.

    Of such a picture the part is cut out that is seen; where that is too long itself, every second pixel or fewer are
    looked at, as OpenCV does where it makes a picture smaller.

    Args:
        image: ``[H, W, 3]``, uint8.
        matrix: ``[2, 3]``, from pixels of the image to those of the result.
        size: Width and height of the result.

    Returns:
        ``[height, width, 3]``, uint8.
    """
    if not is_too_long(image):
        return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR)
    corners = np.array([[x, y, 1.0] for x in (0, size[0]) for y in (0, size[1])])
    seen = corners @ cv2.invertAffineTransform(matrix).T  # [4, 2], pixels of the image
    end = np.array(image.shape[1::-1])
    start = np.clip(np.floor(seen.min(0)).astype(int) - _BORDER, 0, end - 1)
    end = np.clip(np.ceil(seen.max(0)).astype(int) + _BORDER + 1, start + 1, end)
    step = -(-(end - start) // _LONGEST)
    part = image[start[1] : end[1] : step[1], start[0] : end[0] : step[0]]
    to_image = np.array([[step[0], 0, start[0]], [0, step[1], start[1]], [0, 0, 1]], float)
    return cv2.warpAffine(np.ascontiguousarray(part), matrix @ to_image, size, flags=cv2.INTER_LINEAR)
