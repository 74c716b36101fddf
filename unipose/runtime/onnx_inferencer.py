"""Finds the people in an image and predicts their keypoints, with two ONNX files."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from unipose.files.onnx.metadata import part_of_skeleton, skeleton_of_metadata
from unipose.people import Person
from unipose.people.checks import checked_boxes, checked_image
from unipose.student import default_student, introduction

from .backends import BackendName, Precision
from .onnx_person_detector import OnnxPersonDetector
from .onnx_pose_estimator import OnnxPoseEstimator


class OnnxInferencer:
    """A student that ``unipose export`` wrote, with or without a detector; what PoseInferencer is, without torch.

    Args:
        model: The student's ONNX file; by default the one that comes with unipose, which a warning says.
        det_model: ONNX file of an RTMDet or YOLOX, or ``'auto'`` for RTMDet-nano, see :class:`OnnxPersonDetector`;
            without one the whole image is one box.
        flip_test: Average the prediction with that on the mirrored image, see :class:`OnnxPoseEstimator`.
        threads: Threads of the networks; by default as many as there are cores.
        score_thr: Least score of a box that the detector finds.
        skeleton: A skeleton that the student's is made of: its keypoints alone, in its order, such as ``'coco'``, which
            is what COCO's evaluation takes.
        backend: What computes the student: ``'onnxruntime'``, ``'openvino'``, or ``'auto'``, see :func:`open_backend`;
            the detector is always computed by onnxruntime.
        precision: What OpenVINO computes in: ``'fp32'``, ``'bf16'`` or ``'auto'``.
        device: ``'cpu'``, or of onnxruntime ``'cuda'``, ``'cuda:1'``, ``'coreml'``, or ``'auto'``: CUDA if it is there.

    Attributes:
        backend: What computes, in words.
        skeleton: The skeleton of what is predicted.

    Raises:
        FileNotFoundError: If a file is missing.
        OSError: If RTMDet-nano cannot be fetched.
        ValueError: If a file is no such network, does not say what its keypoints are, or knows no such skeleton; or if
            what it should be computed with is not there.
        ImportError: If onnxruntime, or OpenVINO where it is asked for, is not installed.

    Example:
        inferencer = OnnxInferencer('student.onnx', 'rtmdet.onnx')
        for person in inferencer('photo.jpg'):
            print(person.bbox, person.keypoints, person.scores)
    """

    def __init__(
        self,
        model: str | Path | None = None,
        det_model: str | Path | None = None,
        flip_test: bool | Literal['aligned'] = False,
        threads: int = 0,
        score_thr: float = 0.3,
        skeleton: str | None = None,
        backend: BackendName = 'auto',
        precision: Precision = 'auto',
        device: str = 'auto',
    ) -> None:
        file = default_student() if model is None else model
        self.estimator = OnnxPoseEstimator(file, flip_test, None, threads, backend, precision, device)
        known = skeleton_of_metadata(self.estimator.facts, file)
        self.skeleton = part_of_skeleton(known, self.estimator.facts, skeleton, file)
        self._kept = [known.names.index(name) for name in self.skeleton.names]
        if model is None:
            warnings.warn(introduction(self.estimator.facts), stacklevel=2)
        self.detector, self.backend = None, f'student: {self.estimator.backend}'
        if det_model:
            self.detector = OnnxPersonDetector(det_model, None, score_thr, threads=threads, device=device)
            self.backend += f'; detector: {self.detector.backend}'

    def __call__(
        self,
        image: str | Path | np.ndarray,
        boxes: np.ndarray | Sequence[Sequence[float]] | None = None,
        box_scores: np.ndarray | Sequence[float] | None = None,
    ) -> list[Person]:
        """Predicts the people of one image, all of them in one batch.

        Args:
            image: A file, or ``[H, W, 3]``, uint8, BGR.
            boxes: ``[N, 4]``, x1, y1, x2, y2, image pixels; None is whom the detector finds, or without one the whole
                image.
            box_scores: ``[N]``; by default 1.

        Returns:
            One person per box, in order.

        Raises:
            ValueError: If the file is no image, shapes or boxes are wrong, or what is predicted is not finite.
        """
        image = checked_image(image)
        if boxes is None and self.detector is not None:
            boxes, box_scores = self.detector(image)
        boxes, box_scores = checked_boxes(boxes, box_scores, image)
        keypoints, scores = self.estimator(image, boxes)
        if not np.isfinite(scores).all():
            raise ValueError(
                'the student predicts scores that are no finite numbers; export one whose training went well'
            )
        return [
            Person(places[self._kept], sure[self._kept], box, bbox_score=float(box_score), names=self.skeleton.names)
            for places, sure, box, box_score in zip(keypoints, scores, boxes, box_scores, strict=True)
        ]
