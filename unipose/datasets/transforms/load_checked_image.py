"""Loads images, and notices the damaged ones that decoders let pass."""

from __future__ import annotations

import io
from typing import Any

import mmcv
from mmcv.transforms import BaseTransform
from mmengine.fileio import get
from mmpose.registry import TRANSFORMS
from PIL import Image

_JPEG_START, _JPEG_END = b'\xff\xd8', b'\xff\xd9'
_TAIL = 64  # bytes in which a whole JPEG's end marker is looked for first


class DamagedImageError(ValueError):
    """An image is missing, truncated or not an image."""


@TRANSFORMS.register_module()
class LoadCheckedImage(BaseTransform):
    """MMPose's LoadImage, but a truncated JPEG is an error instead of a picture with a grey bottom.

    OpenCV decodes what is there of a JPEG and only warns on stderr. A file that does not end with JPEG's end marker
    is decoded by Pillow too, which refuses truncated data.

    Required Keys: img_path. Added Keys: img (``[H, W, 3]``, BGR, uint8), img_shape, ori_shape.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Loads ``img_path``.

        Raises:
            DamagedImageError: If the file is missing or damaged.
        """
        path = results['img_path']
        try:
            content = get(path)
        except OSError as error:
            raise DamagedImageError(f'{path}: {error.strerror or error}') from error
        if content.startswith(_JPEG_START) and _JPEG_END not in content[-_TAIL:]:
            try:
                Image.open(io.BytesIO(content)).load()
            except OSError as error:
                raise DamagedImageError(f'{path}: {error}') from error
        image = mmcv.imfrombytes(content) if content else None
        if image is None:
            raise DamagedImageError(f'{path}: not an image, or of a format that OpenCV cannot read')
        results.update(img=image, img_shape=image.shape[:2], ori_shape=image.shape[:2])
        return results
