"""MMPose's RandomFlip, which leaves the image to the crop that follows."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmpose.datasets.transforms import RandomFlip
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class MarkRandomFlip(RandomFlip):
    """RandomFlip that mirrors boxes and keypoints and marks the image; CanvasAffine then cuts out its mirror image.

    Mirroring a canvas is cheaper than mirroring what it is cut out of.

    Required Keys: img, img_shape, bbox, bbox_center, keypoints, keypoints_visible, flip_indices. Modified Keys: all but
    the first two and the last. Added Keys: flip, flip_direction, img_mirrored.
    """

    def __init__(self, prob: float = 0.5) -> None:
        super().__init__(prob=prob, direction='horizontal')

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Mirrors all but the image."""
        image = results.pop('img')
        results = super().transform(dict(results, img=image[:1, :1]))
        results.update(img=image, img_mirrored=results['flip'])
        return results

    def _choose_direction(self) -> str | None:
        """What MMPose's draws, from the same number; ``np.random.choice`` takes longer than all else here."""
        return self.direction if np.random.rand() < self.prob else None
