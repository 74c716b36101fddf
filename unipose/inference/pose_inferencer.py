"""Predicts the keypoints of the people in an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import TRANSFORMS
from torch import nn

from unipose.compute.precision import resolve_precision
from unipose.people import Person
from unipose.people.checks import checked_boxes, checked_image
from unipose.rescoring.rescorer import Rescorer
from unipose.simcc.flip_test import FlipTest, set_flip_test
from unipose.skeletons import KeypointMap, Skeleton, load_skeleton
from unipose.skeletons.loading import SkeletonSpec

from .bf16_features import compute_features_in_bf16
from .load_student import load_student

_PADDING = 1.25  # from a person's box to the network's, as in MMPose's top-down pipelines


class PoseInferencer:
    """A student that predicts people's keypoints, given their boxes.

    Args:
        config: Config (file) the student was trained with; only the network is read from it.
        checkpoint: Checkpoint of the run, or the exported student. Its own metainfo says what its keypoints are.
        device: Where to run, such as ``cpu`` or ``cuda:0``.
        flip_test: Average the prediction with that on the mirrored image, see :mod:`unipose.simcc.flip_test`; by
            default as the config says.
        batch_size: How many people go through the network at a time.
        skeleton: Keypoints to return, by name, such as ``'coco'``; by default all that the checkpoint predicts.
        predicts: What it predicts, by default what the checkpoint says, which published ones do not.
        rescorer: File of ``unipose rescore`` that predicts how well people's keypoints are placed, see
            :attr:`Person.score`.
        precision: ``'fp32'``, ``'bf16'`` or ``'auto'``, which is bf16 where the machine has units for it. The head
            computes in fp32 whatever the precision.

    Attributes:
        skeleton: The skeleton that it returns.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If config and checkpoint do not fit together, see :func:`load_student`, or the rescorer is of other
            keypoints.

    Example:
        inferencer = PoseInferencer('configs/distill_small.py', 'work_dirs/distill_small/epoch_420.pth')
        for person in inferencer('photo.jpg', boxes=[[40, 30, 200, 420]]):
            print(person.bbox, person.keypoints, person.scores)
    """

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path,
        device: str = 'cpu',
        flip_test: FlipTest | None = None,
        batch_size: int = 32,
        skeleton: SkeletonSpec | None = None,
        predicts: SkeletonSpec | None = None,
        rescorer: str | Path | None = None,
        precision: str = 'fp32',
    ) -> None:
        model, predicted, metainfo = load_student(config, checkpoint, device, predicts)
        self._rescorer = Rescorer.load(rescorer, predicted.names) if rescorer else None
        set_flip_test(model, model.test_cfg.get('flip_test', False) if flip_test is None else flip_test)
        if resolve_precision(precision, device) == torch.bfloat16:
            compute_features_in_bf16(model)
        codec = model.head.decoder
        use_udp = type(codec).__name__ == 'UDPHeatmap'
        crop = dict(type='TopdownAffine', input_size=tuple(codec.input_size), use_udp=use_udp)
        self._prepare(model, predicted, metainfo, crop, _PADDING, batch_size)
        kept = KeypointMap(predicted if skeleton is None else load_skeleton(skeleton), predicted)
        self.skeleton, self._kept = kept.src, list(kept.dst_indices)

    @classmethod
    def of_estimator(cls, estimator: nn.Module, padding: float = _PADDING, batch_size: int = 32) -> PoseInferencer:
        """From what predicts by itself, such as a teacher.

        Args:
            estimator: With ``test_step``, ``skeleton`` and ``crop`` (config of the transform that crops its input), in
                eval mode and on its device.
            padding: Factor from a person's box to the crop.
            batch_size: How many people go through the network at a time.
        """
        inferencer = cls.__new__(cls)
        inferencer._rescorer = None
        metainfo = parse_pose_metainfo(estimator.skeleton.to_metainfo())
        inferencer._prepare(estimator, estimator.skeleton, metainfo, estimator.crop, padding, batch_size)
        return inferencer

    def _prepare(
        self,
        model: nn.Module,
        skeleton: Skeleton,
        metainfo: Mapping[str, Any],
        crop: Mapping[str, Any],
        padding: float,
        batch_size: int,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f'batch_size must be at least 1. Got: {batch_size}')
        self.model, self.metainfo, self.batch_size = model, metainfo, batch_size
        self.skeleton, self._kept = skeleton, list(range(len(skeleton)))
        steps = [dict(type='GetBBoxCenterScale', padding=padding), crop, dict(type='PackPoseInputs')]
        self.pipeline = Compose([TRANSFORMS.build(step) for step in steps])

    def __call__(
        self,
        image: str | Path | np.ndarray,
        boxes: np.ndarray | Sequence[Sequence[float]] | None = None,
        box_scores: np.ndarray | Sequence[float] | None = None,
    ) -> list[Person]:
        """Predicts the people of one image.

        Args:
            image: A file, or ``[H, W, 3]``, uint8, BGR.
            boxes: ``[N, 4]``, x1, y1, x2, y2, image pixels; None is the whole image as one box.
            box_scores: ``[N]``; by default 1.

        Returns:
            One person per box, in order.

        Raises:
            ValueError: If the file is no image, or shapes or boxes are wrong.
        """
        return self.predict_images([image], [boxes], [box_scores])[0]

    def predict_images(
        self,
        images: Sequence[str | Path | np.ndarray],
        boxes: Sequence[np.ndarray | Sequence[Sequence[float]] | None],
        box_scores: Sequence[np.ndarray | Sequence[float] | None] | None = None,
    ) -> list[list[Person]]:
        """Predicts the people of several images, all together in batches.

        Args:
            images: Images, each as in a call.
            boxes: Boxes of each image, as in a call.
            box_scores: Scores of each image's boxes; by default 1.

        Returns:
            For each image one person per box, in order.

        Raises:
            ValueError: If a file is no image, or shapes or boxes are wrong.
        """
        crops, counts = [], []
        for image, its_boxes, scores in zip(images, boxes, box_scores or [None] * len(images), strict=True):
            of_image = self._crops(image, its_boxes, scores)
            crops += of_image
            counts.append(len(of_image))
        people = iter(
            person
            for start in range(0, len(crops), self.batch_size)
            for person in self._predict(crops[start : start + self.batch_size])
        )
        return [list(islice(people, count)) for count in counts]

    def _crops(self, image: Any, boxes: Any, box_scores: Any) -> list[dict[str, Any]]:
        image = checked_image(image)
        boxes, scores = checked_boxes(boxes, box_scores, image)
        return [self._crop(image, box, score) for box, score in zip(boxes, scores, strict=True)]

    def _crop(self, image: np.ndarray, box: np.ndarray, score: np.float32) -> dict[str, Any]:
        sample = dict(self.metainfo, img=image, bbox=box[None], bbox_score=score[None])
        return self.pipeline(dict(sample, img_shape=image.shape[:2], ori_shape=image.shape[:2]))

    @torch.no_grad()
    def _predict(self, crops: list[dict[str, Any]]) -> list[Person]:
        """Predicts crops, which may be of several images."""
        instances = [sample.pred_instances for sample in self.model.test_step(pseudo_collate(crops))]
        rescored = self._rescorer.predict_instances(instances).tolist() if self._rescorer else [None] * len(instances)
        return [
            Person(
                keypoints=np.asarray(found.keypoints[0, self._kept], np.float32),
                scores=np.asarray(found.keypoint_scores[0, self._kept], np.float32),
                bbox=np.asarray(found.bboxes[0], np.float32),
                bbox_score=float(found.bbox_scores[0]),
                oks=oks,
                names=self.skeleton.names,
            )
            for found, oks in zip(instances, rescored, strict=True)
        ]
