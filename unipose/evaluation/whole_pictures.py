"""Whole pictures, in which a model finds people itself, in an evaluation."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmpose.models.heads.hybrid_heads import DEKRHead, YOLOXPoseHead
from mmpose.structures import PoseDataSample
from torch import nn

from unipose.batches.walk_pipeline import resize_of
from unipose.people.found import found_boxes, found_scores

from .collected_scales import collect_scales
from .protocol import FOUND, rounded, sortable


def shows_whole_pictures(config: Config) -> bool:
    """Whether a test config's samples are whole pictures."""
    return config.test_dataloader.dataset.get('type') == 'WholePictureDataset'


class WholePictures:
    """Samples are pictures; a :class:`unipose.evaluation.ways.Way`.

    Args:
        config: Test config, with a BottomupResize in its pipeline.
        model: The model; None for annotations. With several scales it is made to keep its heatmaps.
        scales: That predictions are put together of.

    Raises:
        ValueError: If the pipeline resizes no pictures, or the model has no flip test or is of one scale alone.
    """

    unit = 'picture'

    def __init__(self, config: Config, model: nn.Module | None, scales: Sequence[float]) -> None:
        self.input_size = tuple(resize_of(config)['input_size'])
        self._model = model
        if model is None:
            return
        name = type(model.head).__name__
        if isinstance(model.head, YOLOXPoseHead) and model.test_cfg.get('flip_test'):
            raise ValueError(f'a {name} has no flip test; score it with --tta none')
        if len(scales) > 1 and not isinstance(model.head, DEKRHead):
            raise ValueError(f'several scales are put together for DEKR; a {name} is scored without multiscale')
        if len(scales) > 1:
            model.test_cfg = dict(model.test_cfg, output_heatmaps=True)

    def scaled(self, config: Config, scale: float) -> Config:
        """A copy of a test config whose pictures are resized to so many times the usual size."""
        config = copy.deepcopy(config)
        resize = resize_of(config)
        resize.input_size = tuple(round(scale * side) for side in resize.input_size)
        return config

    def merged(self, views: Sequence[Sequence[PoseDataSample]]) -> list[PoseDataSample]:
        """See :func:`unipose.evaluation.collected_scales.collect_scales`."""
        return collect_scales(views, self._model.head.decoder, self._model.test_cfg)

    def check(self, sample: PoseDataSample) -> None:
        """Any picture will do: inputs are as wide and high as it needs."""

    def records(self, sample: PoseDataSample, is_rescored: bool) -> list[dict[str, Any]]:
        """A record for each person found; ``id`` is their number in the picture."""
        found = sample.pred_instances
        people = zip(found_boxes(found), found.keypoints, found.keypoint_scores, found_scores(found))
        return [
            dict(
                source=sample.source,
                id=number,
                img_id=sample.img_id,
                image=Path(sample.img_path).name,
                bbox=rounded(box, 2),
                keypoints=rounded(keypoints, 3),
                scores=rounded(scores, 4),
                score=round(float(score), 5),
            )
            for number, (box, keypoints, scores, score) in enumerate(people)
        ]

    def order(self, record: Mapping[str, Any]) -> tuple:
        """People are sorted by their picture."""
        return *sortable(record['img_id']), record['id']

    def protocol(self, dataset: Any) -> dict[str, Any]:
        """There are no boxes but the model's."""
        return dict(boxes={source.name: FOUND for source in dataset.sources}, padding={})
