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
    """Crops a canvas at the student's pixel scale, or finer, so that every view of it is true and unstretched.

    The scale comes from the student's box, which is brought to the student's aspect ratio first; the canvas only
    shows more of the image around it.

    Required Keys: img, bbox, bbox_center, bbox_scale, bbox_padding, keypoints, keypoints_visible; bbox_rotation
    (optional). Modified Keys: img (the canvas), bbox_scale (the student's box). Added Keys: input_size, input_center,
    input_scale (all of the student), transformed_keypoints and keypoint_labels (``[1, K, 2]``, student pixels),
    keypoint_weights (``[1, K]``, 1 where annotated), canvas_scale, person_box (``[1, 3, 2]``) and person_size
    (``[1, 2]``), see :class:`unipose.simcc.Persons`.

    Args:
        input_size: Width and height of the student's input.
        canvas_size: Width and height of the canvas.
        canvas_scale: Pixels of the canvas per pixel of the student's input.

    Raises:
        ValueError: If the student's input is no centred whole-pixel window of the canvas.
    """

    def __init__(self, input_size: tuple[int, int], canvas_size: tuple[int, int], canvas_scale: float = 1.0) -> None:
        super().__init__(input_size=tuple(canvas_size))
        self.student_size = tuple(input_size)
        self.canvas_scale = canvas_scale
        self.view = View.finer(self.student_size, canvas_scale)
        # canvas = step * student's pixel + start, the same along both axes but for the start
        axes = self.view.place(Canvas(self.input_size)).axes
        self.step, self.start = np.float32(axes[0][0]), np.float32([start for _, start in axes])

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crops the canvas."""
        width, height = self.student_size
        student_scale = self._fix_aspect_ratio(results['bbox_scale'], aspect_ratio=width / height)
        [center], [scale] = results['bbox_center'], student_scale * np.divide(self.input_size, self.view.window)
        matrix = get_warp_matrix(center, scale, results.get('bbox_rotation', [0.0])[0], output_size=self.input_size)
        labels = (cv2.transform(results['keypoints'], matrix) - self.start) / self.step
        size = results['bbox_scale'] / results['bbox_padding'] * (width / student_scale[0, 0])
        results.update(
            canvas_scale=self.canvas_scale,
            bbox_scale=student_scale,
            input_size=self.student_size,
            input_center=center,
            input_scale=student_scale[0],
            transformed_keypoints=labels,
            keypoint_labels=labels,
            keypoint_weights=(results['keypoints_visible'] > 0).astype(np.float32),
            person_box=((self._box(results['bbox'][0], matrix) - self._origin) / self.step)[None],
            person_size=size.astype(np.float32),
        )
        if results.get('img_mirrored'):  # what the matrix takes to be the image is its mirror image
            matrix = matrix @ [[-1, 0, results['img'].shape[1] - 1], [0, 1, 0], [0, 0, 1]]
        results['img'] = cv2.warpAffine(results['img'], matrix, self.input_size, flags=cv2.INTER_LINEAR)
        return results

    @property
    def _origin(self) -> np.ndarray:
        """What to take from a place, and from two directions, ``[3, 2]``."""
        return np.stack([self.start, np.zeros(2, np.float32), np.zeros(2, np.float32)])

    @staticmethod
    def _box(box: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """Centre of a box and the way from there to its right and lower side, canvas pixels, ``[3, 2]``."""
        half = (box[2:] - box[:2]) / 2
        ways = np.array([[half[0], 0, 0], [0, half[1], 0]])
        return (np.array([[*(box[:2] + half), 1], *ways]) @ matrix.T).astype(np.float32)
