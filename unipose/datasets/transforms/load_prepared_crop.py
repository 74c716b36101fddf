"""Loads a person's prepared crop in the place of the whole image."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from unipose.datasets.crop_store import CropStore


@TRANSFORMS.register_module()
class LoadPreparedCrop(BaseTransform):
    """What LoadCheckedImage does, from the crops that ``unipose crops`` has stored.

    A crop holds all that the pipeline's augmentation may show, so what follows is the same; places are in its pixels.

    Required Keys: index, bbox, keypoints. Modified Keys: bbox, keypoints. Added Keys: img (``[h, w, 3]``, BGR,
    uint8, perhaps not to be written to), img_shape, ori_shape.

    Args:
        store: Folder of the crops.
    """

    def __init__(self, store: str) -> None:
        self.store = CropStore(store)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Loads the sample's crop.

        Raises:
            DamagedImageError: If the sample's image was damaged.
        """
        crop = self.store.read(results['index'])
        results.update(
            img=crop.image,
            img_shape=crop.image.shape[:2],
            ori_shape=crop.image.shape[:2],
            bbox=crop.place(results['bbox'].reshape(-1, 2)).reshape(-1, 4),
            keypoints=crop.place(results['keypoints']),
        )
        return results
