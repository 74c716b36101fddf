"""Crops the canvas around the student's box, and puts labels into the student's frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from mmpose.datasets.transforms import TopdownAffine
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import get_warp_matrix

from unipose.simcc import Canvas, View


@TRANSFORMS.register_module()
class CanvasAffine(TopdownAffine):
    """Crops a canvas at the student's pixel scale, so that every view of it is true and unstretched.

    The scale comes from the student's box, which is brought to the student's aspect ratio first; the canvas only
    shows more of the image around it.

    Required Keys: img, bbox_center, bbox_scale, keypoints, keypoints_visible; bbox_rotation (optional).
    Modified Keys: img (the canvas), bbox_scale (the student's box). Added Keys: input_size, input_center, input_scale
    (all of the student), transformed_keypoints and keypoint_labels (``[1, K, 2]``, student pixels), keypoint_weights
    (``[1, K]``, 1 where annotated).

    Args:
        input_size: Width and height of the student's input.
        canvas_size: Width and height of the canvas.

    Raises:
        ValueError: If the student's input is no centred whole-pixel window of the canvas.
    """

    def __init__(self, input_size: tuple[int, int], canvas_size: tuple[int, int]) -> None:
        super().__init__(input_size=tuple(canvas_size))
        self.student_size = tuple(input_size)
        self.offset = Canvas(self.input_size).offset(View(self.student_size, self.student_size))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crops the canvas."""
        width, height = self.student_size
        student_scale = self._fix_aspect_ratio(results['bbox_scale'], aspect_ratio=width / height)
        [center], [scale] = results['bbox_center'], student_scale * np.divide(self.input_size, self.student_size)
        matrix = get_warp_matrix(center, scale, results.get('bbox_rotation', [0.0])[0], output_size=self.input_size)
        labels = cv2.transform(results['keypoints'], matrix) - np.float32(self.offset)
        if results.get('img_mirrored'):  # what the matrix takes to be the image is its mirror image
            matrix = matrix @ [[-1, 0, results['img'].shape[1] - 1], [0, 1, 0], [0, 0, 1]]
        results.update(
            img=cv2.warpAffine(results['img'], matrix, self.input_size, flags=cv2.INTER_LINEAR),
            bbox_scale=student_scale,
            input_size=self.student_size,
            input_center=center,
            input_scale=student_scale[0],
            transformed_keypoints=labels,
            keypoint_labels=labels,
            keypoint_weights=(results['keypoints_visible'] > 0).astype(np.float32),
        )
        return results
