"""Loads images, and notices the damaged ones that decoders let pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from unipose.files import DamagedImageError, read_image


@TRANSFORMS.register_module()
class LoadCheckedImage(BaseTransform):
    """MMPose's LoadImage, but a truncated file is an error instead of a picture with a grey bottom.

    So is an image of another size than its boxes were drawn on: scaled since, or turned as EXIF says in one program and
    not in another.

    Required Keys: img_path; annotated_shape (height, width; optional). Added Keys: img (``[H, W, 3]``, BGR, uint8),
    img_shape, ori_shape.

    Args:
        keep: Whether to keep the last image, for other people in it who follow at once, as in tests. It is read-only
            then: transforms that change an image in place come after one that makes a new one, the crop.
    """

    def __init__(self, keep: bool = False) -> None:
        self.keep = keep
        self._kept: tuple[str, np.ndarray] | None = None

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Loads ``img_path``.

        Raises:
            DamagedImageError: If the file is missing or damaged, or has not the size that annotations say.
        """
        image = self._image(results['img_path'])
        height, width = results.get('annotated_shape', image.shape[:2])
        if image.shape[:2] != (height, width):
            raise DamagedImageError(
                f'{results["img_path"]}: {image.shape[1]}x{image.shape[0]} pixels as EXIF turns it, but annotated as '
                f'{width:g}x{height:g}'
            )
        results.update(img=image, img_shape=image.shape[:2], ori_shape=image.shape[:2])
        return results

    def _image(self, path: str) -> np.ndarray:
        if not self.keep:
            return read_image(path)
        if self._kept is None or self._kept[0] != path:
            image = read_image(path)
            image.flags.writeable = False
            self._kept = path, image
        return self._kept[1]
