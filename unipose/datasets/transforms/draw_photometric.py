"""Draws what happens to a canvas's pixels; whole batches are changed on the device."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

_KERNELS = (3, 5, 7)


@TRANSFORMS.register_module()
class DrawPhotometric(BaseTransform):
    """Draws changes of colour and a hole for :class:`unipose.datasets.PhotometricPreprocessor`; blurs at once.

    The distributions are those of RTMPose's pipeline: YOLOX's changes of hue, saturation and value, Albumentations'
    Blur and MedianBlur, and one hole of CoarseDropout.

    Required Keys: img (a canvas that may be changed), canvas_scale (optional). Modified Keys: img. Added Keys:
    photometric, numbers ``[7]``: what to add to hue (degrees / 2), saturation and value (0 to 255); left, top, right
    and bottom of the hole, pixels, all 0 for none.

    Theirs blur after the change of colour, and this before, since colours are changed on the device. Of the fifth of
    canvases that are blurred a pixel is another by 0.2 (a median blur) to 0.5 (a box blur) of 255 on average, a
    thirtieth of what colour and blur change.

    On a canvas finer than the student's input (``canvas_scale`` of :class:`CanvasAffine`), blurs are as much wider.

    Args:
        hsv: Largest changes of hue, saturation and value; each is made with probability 0.5.
        blur_prob: Probability of a box blur, and of a median blur, over 3, 5 or 7 pixels.
        hole_prob: Probability of a hole.
        hole_size: Smallest and largest side of a hole, in sides of the canvas.
    """

    def __init__(
        self,
        hsv: tuple[float, float, float] = (5, 30, 30),
        blur_prob: float = 0.1,
        hole_prob: float = 1.0,
        hole_size: tuple[float, float] = (0.2, 0.4),
    ) -> None:
        self.hsv = hsv
        self.blur_prob = blur_prob
        self.hole_prob = hole_prob
        self.hole_size = hole_size

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Draws from numpy's ambient generator, which Seeded seeds."""
        image, scale = results['img'], results.get('canvas_scale', 1.0)
        gains = np.trunc(np.random.uniform(-1, 1, 3) * self.hsv * np.random.randint(0, 2, 3))
        for blur in (_box_blur, cv2.medianBlur):
            if np.random.rand() < self.blur_prob:
                image = blur(image, round((int(np.random.choice(_KERNELS)) - 1) / 2 * scale) * 2 + 1)
        hole = np.zeros(4)
        if np.random.rand() < self.hole_prob:
            canvas = np.array(image.shape[1::-1])
            size = (canvas * np.random.uniform(*self.hole_size, 2)).astype(int)
            corner = np.random.randint(0, canvas - size + 1)
            hole = np.concatenate([corner, corner + size])
        results.update(img=image, photometric=np.concatenate([gains, hole]).astype(np.float32))
        return results


def _box_blur(image: np.ndarray, kernel: int) -> np.ndarray:
    return cv2.blur(image, (kernel, kernel))
