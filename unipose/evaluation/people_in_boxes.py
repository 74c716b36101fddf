"""People one by one, in boxes, in an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmpose.structures import PoseDataSample

from .protocol import boxes_of, rounded, sortable
from .scales import average_scales, scaled


class PeopleInBoxes:
    """Samples are people; a :class:`unipose.evaluation.ways.Way`.

    Args:
        input_size: Width and height of the model's input.
    """

    unit = 'person'
    scaled, merged = staticmethod(scaled), staticmethod(average_scales)

    def __init__(self, input_size: tuple[int, int]) -> None:
        self.input_size = tuple(input_size)

    def check(self, sample: PoseDataSample) -> None:
        """Makes sure that the pipeline crops what the model takes.

        Raises:
            ValueError: If it does not.
        """
        if tuple(sample.input_size) != self.input_size:
            raise ValueError(
                f'the test pipeline makes inputs of {tuple(sample.input_size)}, the model takes {self.input_size} '
                '(width, height); give TopdownAffine the input_size of the codec'
            )

    def records(self, sample: PoseDataSample, is_rescored: bool) -> list[dict[str, Any]]:
        """The person's record."""
        predicted = sample.pred_instances
        record = dict(
            source=sample.source,
            id=sample.id,
            img_id=sample.img_id,
            image=Path(sample.img_path).name,
            bbox=rounded(sample.gt_instances.bboxes[0], 2),
            keypoints=rounded(predicted.keypoints[0], 3),
            scores=rounded(predicted.keypoint_scores[0], 4),
        )
        return [record | (dict(score=round(float(predicted.bbox_scores[0]), 5)) if is_rescored else {})]

    def order(self, record: Mapping[str, Any]) -> tuple:
        """People are sorted by their ids."""
        return sortable(record['id'])

    def protocol(self, dataset: Any) -> dict[str, Any]:
        """Whose boxes they are, and how much larger crops are."""
        return dict(
            boxes={source.name: boxes_of(source.dataset) for source in dataset.sources},
            padding={source.name: source.padding for source in dataset.sources},
        )
