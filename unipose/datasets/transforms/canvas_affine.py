"""Crops the canvas around the student's box, and puts labels into the student's frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from mmpose.datasets.transforms import TopdownAffine
from mmpose.registry import TRANSFORMS

from unipose.media.warp_affine import warp_affine
from unipose.simcc import Canvas, Window


class _Frame:
    """A canvas, and where the student's pixels lie on it: ``canvas = step * pixel + start`` along both axes.

    Args:
        size: Width and height of the canvas.
        student_size: Of the student's input.
        scale: Pixels of the canvas per pixel of it.
    """

    def __init__(self, size: tuple[int, int], student_size: tuple[int, int], scale: float = 1.0) -> None:
        window = Window.finer(student_size, scale)
        axes = window.place(Canvas(size)).axes
        self.size, self.scale, self.share = size, scale, np.divide(size, window.size)
        self.step, self.start = np.float32(axes[0][0]), np.float32([start for _, start in axes])
        # what to take from a place, and from two directions, [3, 2]
        self.origin = np.stack([self.start, np.zeros(2, np.float32), np.zeros(2, np.float32)])
        half_width, half_height = (0.5 * side for side in size)
        # centre, middle of the left side, and the corner from there where a square ends, [3, 2]
        self.marks = np.float32([[half_width, half_height], [0, half_height], [0, half_height + half_width]])

    def matrix(self, center: np.ndarray, width: float, rotation: float) -> np.ndarray:
        """MMPose's ``get_warp_matrix``, to the last bit, in a third of its time.

        Args:
            center: Of the canvas, pixels of the image, ``[2]``, float32.
            width: Of the canvas, pixels of the image.
            rotation: Degrees.

        Returns:
            ``[2, 3]``, from pixels of the image to those of the canvas.
        """
        angle, half = np.deg2rad(rotation), -0.5 * float(width)
        left = center + np.array([float(np.cos(angle)) * half, float(np.sin(angle)) * half])
        marks = np.empty((3, 2), np.float32)
        marks[0], marks[1] = center, left
        across = marks[0] - marks[1]
        marks[2] = marks[1, 0] - across[1], marks[1, 1] + across[0]
        return cv2.getAffineTransform(marks, self.marks)


@TRANSFORMS.register_module()
class CanvasAffine(TopdownAffine):
    """Crops a canvas at the student's pixel scale, or finer, so that every window of it is true and unstretched.

    The scale comes from the student's box, which is brought to the student's aspect ratio first; the canvas only
    shows more of the image around it. Of a sample that brings targets which move, no teacher has to see anything, and
    the canvas is the student's input.

    Required Keys: img, bbox, bbox_center, bbox_scale, bbox_padding, keypoints, keypoints_visible; bbox_rotation and
    seen_box (optional). Modified Keys: img (the canvas), bbox_scale (the student's box). Added Keys: input_size,
    input_center, input_scale (all of the student), transformed_keypoints and keypoint_labels (``[1, K, 2]``, student
    pixels), keypoint_weights (``[1, K]``, 1 where annotated, v where that is below 1), canvas_scale, person_box
    (``[1, 3, 2]``) and person_size (``[1, 2]``), see :class:`unipose.simcc.Persons`.

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
        self.of_all = _Frame(tuple(canvas_size), self.student_size, canvas_scale)
        self.of_student = _Frame(self.student_size, self.student_size)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crops the canvas."""
        frame = self.of_student if 'seen_box' in results else self.of_all
        width, height = self.student_size
        student_scale = self._fix_aspect_ratio(results['bbox_scale'], aspect_ratio=width / height)
        [center] = results['bbox_center']
        canvas_width = student_scale[0, 0] * frame.share[0]
        matrix = frame.matrix(center, canvas_width, results.get('bbox_rotation', [0.0])[0])
        labels = (cv2.transform(results['keypoints'], matrix) - frame.start) / frame.step
        size = results['bbox_scale'] / results['bbox_padding'] * (width / student_scale[0, 0])
        results.update(
            canvas_scale=frame.scale,
            bbox_scale=student_scale,
            input_size=self.student_size,
            input_center=center,
            input_scale=student_scale[0],
            transformed_keypoints=labels,
            keypoint_labels=labels,
            keypoint_weights=np.clip(results['keypoints_visible'], 0, 1).astype(np.float32),
            person_box=((self._box(results['bbox'][0], matrix) - frame.origin) / frame.step)[None],
            person_size=size.astype(np.float32),
        )
        if results.get('img_mirrored'):  # what the matrix takes to be the image is its mirror image
            matrix = matrix @ [[-1, 0, results['img'].shape[1] - 1], [0, 1, 0], [0, 0, 1]]
        results['img'] = warp_affine(results['img'], matrix, frame.size)
        return results

    @staticmethod
    def _fix_aspect_ratio(bbox_scale: np.ndarray, aspect_ratio: float) -> np.ndarray:
        """What MMPose's does, of one box alone."""
        width, height = bbox_scale[:, :1], bbox_scale[:, 1:]
        if width > height * aspect_ratio:
            return np.concatenate([width, width / aspect_ratio], 1)
        return np.concatenate([height * aspect_ratio, height], 1)

    @staticmethod
    def _box(box: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """Centre of a box and the way from there to its right and lower side, canvas pixels, ``[3, 2]``."""
        half = (box[2:] - box[:2]) / 2
        ways = np.array([[half[0], 0, 0], [0, half[1], 0]])
        return (np.array([[*(box[:2] + half), 1], *ways]) @ matrix.T).astype(np.float32)
