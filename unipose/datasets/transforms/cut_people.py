"""Cuts people out of a picture for teachers, who see them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import bbox_xyxy2cs

from .picture_warp import picture_warp


@TRANSFORMS.register_module()
class KeepPicture(BaseTransform):
    """Keeps the picture before it is warped, for :class:`CutPeople`.

    Required Keys: img. Added Keys: picture.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Keeps it; a warp makes another."""
        return dict(results, picture=results['img'])


@TRANSFORMS.register_module()
class CutPeople(BaseTransform):
    """Cuts each person out of the picture as it was, turned and mirrored as in the input.

    A crop is upright in the input, and has pixels of the picture: a student may see somebody small in an input of
    640x640 pixels whom teachers see as large as the picture has them. As with
    :class:`unipose.datasets.transforms.CanvasAffine`, a crop is as high as the person's box, grown to the student's
    aspect ratio and padded.

    Required Keys: picture, what :func:`.picture_warp.picture_warp` reads, given_bbox (``[N, 4]``, pixels of the
    picture), bbox_padding. Added Keys: crops (``[N, 3, H, W]``, uint8, BGR), crop_centers (``[N, 2]``, input pixels),
    crop_heights (``[N]``, input pixels).

    Args:
        crop_size: Width and height of a crop, the canvas of teachers.
        aspect_ratio: Width over height that boxes are grown to.

    Raises:
        ValueError: If the picture was not kept, or is warped as :func:`.picture_warp.picture_warp` does not know.
    """

    def __init__(self, crop_size: Sequence[int], aspect_ratio: float = 0.75) -> None:
        if not isinstance(crop_size, Sequence) or len(crop_size) != 2:
            raise ValueError(f'crop_size is width and height of a crop, such as (256, 256). Got: {crop_size!r}')
        self.crop_size = tuple(crop_size)
        self.aspect_ratio = aspect_ratio

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Cuts."""
        if 'picture' not in results:
            raise ValueError('people are cut out of the picture as it was; put KeepPicture before BottomupRandomAffine')
        matrix = picture_warp(results)
        centers, sizes = bbox_xyxy2cs(results['given_bbox'], results['bbox_padding'])
        centers = centers @ matrix[:2, :2].T + matrix[:2, 2]
        heights = np.maximum(sizes[:, 1], sizes[:, 0] / self.aspect_ratio) * abs(np.linalg.det(matrix)) ** 0.5
        width, height = self.crop_size
        crops = np.zeros((len(centers), height, width, 3), np.uint8)
        for crop, (x, y), high in zip(crops, centers, heights):
            scale = height / high
            into_crop = np.array([[scale, 0, width / 2 - scale * x], [0, scale, height / 2 - scale * y], [0, 0, 1]])
            cv2.warpAffine(results['picture'], (into_crop @ matrix)[:2], self.crop_size, crop, cv2.INTER_LINEAR)
        del results['picture']
        return dict(
            results,
            crops=crops.transpose(0, 3, 1, 2),
            crop_centers=centers.astype(np.float32),
            crop_heights=heights.astype(np.float32),
        )
