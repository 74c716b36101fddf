"""What a label is: which of a person's predicted keypoints are written, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from unipose import __version__
from unipose.compat.oks_evaluation import AREA_PER_BOX
from unipose.skeletons import Skeleton

# On the demo's held-out people 96% of labels just above it are right (within 5% of the crop's height) and 99.6% of all,
# and 13% of the right ones are lost; at 0.15 it is 59%, 96.7% and 1%. The score of calibrated teachers is itself the
# share that is right: on the benchmark's people 51% just above 0.5, where 4% of the right ones are lost.
KPT_THR = 0.3
"""Least score of a keypoint that is labelled; calibrated teachers are worth 0.5."""


@dataclass(frozen=True)
class Labelling:
    """From what is predicted of a person to COCO's annotation of one.

    A keypoint is labelled where its score reaches ``kpt_thr`` and it lies in the image; others have x = y = v = 0.

    Args:
        kpt_thr: Least score of a keypoint that is labelled.

    Raises:
        ValueError: If the least score is none.
    """

    kpt_thr: float = KPT_THR

    def __post_init__(self) -> None:
        if not 0 <= self.kpt_thr <= 1:
            raise ValueError(f'kpt_thr is the least score of a keypoint, within 0 to 1. Got: {self.kpt_thr}')

    def head(self, description: str, skeleton: Skeleton, **makers: Any) -> dict[str, Any]:
        """What annotations say of themselves: who made them, and what their keypoints are.

        Args:
            description: Who labels, in words.
            skeleton: What people are labelled with.
            **makers: Facts about who labels.
        """
        links = [[start + 1, end + 1] for start, end in skeleton.link_indices]
        person = dict(id=1, name='person', supercategory='person', keypoints=skeleton.names, skeleton=links)
        info = dict(description=description, unipose=__version__, kpt_thr=self.kpt_thr, **makers)
        return dict(info=info, categories=[person])

    def person(
        self,
        image_id: int | str,
        shape: Sequence[int],
        box: Sequence[float],
        places: Sequence[Sequence[float]],
        scores: Sequence[float],
        score: float,
    ) -> dict[str, Any]:
        """An annotation without an id.

        Args:
            image_id: Id of the image.
            shape: Its height and width, pixels.
            box: x1, y1, x2, y2, image pixels.
            places: ``[K, 2]``, image pixels.
            scores: ``[K]``, 0 to 1.
            score: Of the person.
        """
        keypoints: list[float] = []
        for (x, y), own in zip(places, scores):
            is_labelled = own >= self.kpt_thr and 0 <= x <= shape[1] - 1 and 0 <= y <= shape[0] - 1
            keypoints += [round(x, 2), round(y, 2), 2] if is_labelled else [0, 0, 0]
        left, top, right, bottom = box
        return dict(
            image_id=image_id,
            category_id=1,
            iscrowd=0,
            bbox=[round(value, 2) for value in (left, top, right - left, bottom - top)],
            area=round(AREA_PER_BOX * (right - left) * (bottom - top), 2),
            keypoints=keypoints,
            num_keypoints=sum(v > 0 for v in keypoints[2::3]),
            keypoint_scores=[round(own, 4) for own in scores],
            score=round(score, 4),
        )
