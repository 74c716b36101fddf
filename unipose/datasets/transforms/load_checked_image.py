"""Loads images, and notices the damaged ones that decoders let pass."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from unipose.files import read_image


@TRANSFORMS.register_module()
class LoadCheckedImage(BaseTransform):
    """MMPose's LoadImage, but a truncated file is an error instead of a picture with a grey bottom.

    Required Keys: img_path. Added Keys: img (``[H, W, 3]``, BGR, uint8), img_shape, ori_shape.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Loads ``img_path``.

        Raises:
            DamagedImageError: If the file is missing or damaged.
        """
        image = read_image(results['img_path'])
        results.update(img=image, img_shape=image.shape[:2], ori_shape=image.shape[:2])
        return results
