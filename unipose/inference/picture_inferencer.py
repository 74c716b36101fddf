"""Finds the people in whole pictures, with their keypoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.structures import InstanceData
from mmpose.models.pose_estimators import BottomupPoseEstimator
from mmpose.registry import TRANSFORMS

from unipose.batches.walk_pipeline import resize_of
from unipose.compute.precision import resolve_precision
from unipose.files.read_config import read_config
from unipose.people import Person
from unipose.people.checks import checked_image
from unipose.people.found import BEYOND_KEYPOINTS, found_boxes, found_scores
from unipose.rescoring.rescorer import Rescorer
from unipose.simcc.flip_test import FlipTest, set_flip_test
from unipose.skeletons import KeypointMap, load_skeleton
from unipose.skeletons.loading import SkeletonSpec

from .bf16_features import compute_features_in_bf16
from .load_student import load_student

SCORE_THR = 0.1
"""Least score of a person who is found."""
_LONGEST = 4
"""Times as long as wide that a picture is shown at most: the short side decides how large, and so how long it takes."""


class PictureInferencer:
    """A model that takes whole pictures and finds people and their keypoints itself, such as DEKR or RTMO.

    It is to be asked as :class:`PoseInferencer` is, without boxes.

    Args:
        config: Config (file) the model was trained with; the network, and how its test pipeline resizes pictures
            (BottomupResize), are read from it.
        checkpoint: Checkpoint of the run, or published weights.
        device: Where to run, such as ``cpu`` or ``cuda:0``.
        flip_test: Average the prediction with that on the mirrored image; by default as the config says.
        skeleton: Keypoints to return, by name, such as ``'coco'``; by default all that the checkpoint predicts.
        predicts: What it predicts, by default what the checkpoint says, which published ones do not.
        rescorer: File of ``unipose rescore`` that predicts how well people's keypoints are placed, see
            :attr:`Person.score`.
        precision: ``'fp32'``, ``'bf16'`` or ``'auto'``, which is bf16 where the machine has units for it. The head
            computes in fp32 whatever the precision.
        score_thr: Least score of a person, before a rescorer has its say.

    Attributes:
        skeleton: The skeleton that it returns.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If config and checkpoint do not fit together, see :func:`load_student`, the config does not say how
            pictures are resized, or the rescorer is of other keypoints.

    Example:
        inferencer = PictureInferencer('configs/dekr_hrnet-w32_coco-512x512.py', 'work_dirs/dekr/epoch_140.pth')
        for person in inferencer('photo.jpg'):
            print(person.score, person.bbox, person.keypoints)
    """

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path,
        device: str = 'cpu',
        flip_test: FlipTest | None = None,
        skeleton: SkeletonSpec | None = None,
        predicts: SkeletonSpec | None = None,
        rescorer: str | Path | None = None,
        precision: str = 'fp32',
        score_thr: float = SCORE_THR,
    ) -> None:
        config = read_config(config)
        self.model, predicted, metainfo = load_student(config, checkpoint, device, predicts, BottomupPoseEstimator)
        self._rescorer = Rescorer.load(rescorer, predicted.names) if rescorer else None
        set_flip_test(self.model, self.model.test_cfg.get('flip_test', False) if flip_test is None else flip_test)
        if resolve_precision(precision, device) == torch.bfloat16:
            compute_features_in_bf16(self.model)
        self.score_thr, self._flip_indices = score_thr, list(metainfo['flip_indices'])
        kept = KeypointMap(predicted if skeleton is None else load_skeleton(skeleton), predicted)
        self.skeleton, self._kept = kept.src, list(kept.dst_indices)
        steps = [resize_of(config), dict(type='PackPoseInputs')]
        self.pipeline = Compose([TRANSFORMS.build(step) for step in steps])

    def __call__(self, image: str | Path | np.ndarray) -> list[Person]:
        """Finds the people of one image.

        Args:
            image: A file, or ``[H, W, 3]``, uint8, BGR.

        Returns:
            The people, best first.

        Raises:
            ValueError: If the file is no image, or its shape is wrong.
        """
        return self.predict_images([image])[0]

    def predict_images(
        self,
        images: Sequence[str | Path | np.ndarray],
        boxes: Sequence[None] | None = None,
        box_scores: Sequence[None] | None = None,
    ) -> list[list[Person]]:
        """Finds the people of several images, one after the other.

        Args:
            images: Images, each as in a call.
            boxes: None for each: it finds people itself.
            box_scores: As well.

        Returns:
            For each image its people, best first.

        Raises:
            ValueError: If a file is no image, a shape is wrong, or boxes are given.
        """
        if any(of_image is not None for of_image in boxes or ()):
            raise ValueError(
                f'a {type(self.model.head).__name__} finds people in whole pictures itself; give it no boxes, and no '
                'detector'
            )
        return [self._predict(checked_image(image)) for image in images]

    @torch.no_grad()
    def _predict(self, image: np.ndarray) -> list[Person]:
        shape, shown = image.shape[:2], _padded(image)
        size = shown.shape[:2]
        sample = self.pipeline(dict(img=shown, img_shape=size, ori_shape=size, flip_indices=self._flip_indices))
        found = self.model.test_step(pseudo_collate([sample]))[0].pred_instances
        rescored = self._rescorer.predict_instances([found]).tolist() if self._rescorer else None
        people = self._people(found, rescored, shape)
        return sorted(people, key=lambda person: -person.score)

    def _people(self, found: InstanceData, rescored: list[float] | None, shape: tuple[int, int]) -> list[Person]:
        scores, limits = found_scores(found), np.tile(shape[::-1], 2)
        boxes = found_boxes(found, BEYOND_KEYPOINTS).clip(0, limits).astype(np.float32)
        is_there = (scores >= self.score_thr) & (boxes[:, 2:] - boxes[:, :2] >= 1).all(-1)  # within the picture
        return [
            Person(
                keypoints=np.asarray(found.keypoints[row, self._kept], np.float32),
                scores=np.asarray(found.keypoint_scores[row, self._kept], np.float32),
                bbox=boxes[row],
                found_score=float(scores[row]),
                oks=rescored and rescored[row],
                names=self.skeleton.names,
            )
            for row in np.flatnonzero(is_there).tolist()
        ]


def _padded(image: np.ndarray) -> np.ndarray:
    """An image ``[H, W, 3]``, with black below or beside it where it would be longer than it may be."""
    height, width = image.shape[:2]
    below, beside = (max(0, -(-long // _LONGEST) - short) for long, short in ((width, height), (height, width)))
    return np.pad(image, ((0, below), (0, beside), (0, 0))) if below or beside else image
