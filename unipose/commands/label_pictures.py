"""Labels people with a model that finds them in whole pictures itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device
from tqdm import tqdm

from unipose.checkpoints.loading import resolve_checkpoint, sha256_file
from unipose.commands.labelling import KPT_THR, Labelling
from unipose.files import DamagedImageError, read_image
from unipose.inference import PictureInferencer

Labels = dict[str, Any]


class LabellingModel:
    """Labels people with DEKR, RTMO or another MMPose model that takes whole pictures, without boxes or a detector.

    A person is labelled of whom it finds at least one keypoint that is; the box is the model's, or what holds the
    keypoints.

    Args:
        config: Config that it was trained with.
        checkpoint: Its weights.
        predicts: What its keypoints are, by default what the checkpoint says, which published ones do not.
        kpt_thr: Least score of a keypoint that is labelled.

    Attributes:
        skeleton: What people are labelled with, as a source names it.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If config and checkpoint do not fit together.
    """

    def __init__(
        self,
        config: Config,
        checkpoint: str | Path,
        predicts: str | None = None,
        kpt_thr: float = KPT_THR,
    ) -> None:
        self.labelling, self.path = Labelling(kpt_thr), resolve_checkpoint(checkpoint)
        self.inferencer = PictureInferencer(config, self.path, get_device(), predicts=predicts)
        self.skeleton = predicts or self.inferencer.skeleton.name

    def __call__(self, images: Sequence[Path], folder: str | Path) -> tuple[Labels, list[str]]:
        """Labels people.

        Args:
            images: Files in the folder, or in folders of it.
            folder: What their names are relative to.

        Returns:
            COCO-style annotations as :class:`unipose.commands.label.LabellingTeachers` writes them; and what is wrong
            with images that cannot be read.

        Raises:
            ValueError: If nobody is found.
        """
        records: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        skipped = []
        for path in tqdm(images, unit='image', desc='labels'):
            try:
                image = read_image(path)
            except DamagedImageError as error:
                skipped.append(str(error))
                continue
            (height, width), number = image.shape[:2], len(records) + 1
            records.append(dict(id=number, file_name=os.path.relpath(path, folder), width=width, height=height))
            for person in self.inferencer(image):
                scores = person.scores.clip(0, 1).tolist()
                predicted = person.bbox.tolist(), person.keypoints.tolist(), scores, float(person.score)
                label = self.labelling.person(number, (height, width), *predicted)
                if label['num_keypoints']:
                    annotations.append(dict(id=len(annotations) + 1, **label))
        if not annotations:
            raise ValueError(
                f'nobody is found in {len(records)} images with a keypoint that reaches a score of '
                f'{self.labelling.kpt_thr:g}'
            )
        model = dict(checkpoint=self.path.name, sha256=sha256_file(self.path))
        maker = 'labelled by a model that finds people itself'
        head = self.labelling.head(maker, self.inferencer.skeleton, model=model)
        return head | dict(images=records, annotations=annotations), skipped
