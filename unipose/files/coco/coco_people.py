"""What an annotation file in COCO's format says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unipose.files.remark import Remark

from .images import Images


@dataclass(frozen=True)
class CocoPeople:
    """What an annotation file says; N people are to be learnt from, or found.

    Args:
        images: The images that it lists.
        listed: Categories by id; there may be none.
        ids: Of each person.
        places: Of each person's image in the list, ``[N]``.
        categories: Ids of each person's category.
        boxes: x, y, width, height, pixels, as annotated, ``[N, 4]``.
        corners: x1, y1, x2, y2, pixels, within the image, ``[N, 4]``.
        keypoints: ``[N, K, 3]``, float32: x, y in pixels and v, labelled where it is above 0.
        areas: Pixels, ``[N]``.
        others: Crowds and people without labelled keypoints, if they are kept, as bbox, area, iscrowd and keypoints of
            COCO's form and the image's place: who predicts them is neither right nor wrong.
        has_people: Places of images with somebody in them, also if wrongly annotated.
        remarks: What is wrong, odd and left out; where a fault is among them, nobody may go by the rest.
    """

    images: Images
    listed: Mapping[int | str, Mapping[str, Any]]
    ids: Sequence[int | str]
    places: np.ndarray
    categories: Sequence[int | str]
    boxes: np.ndarray
    corners: np.ndarray
    keypoints: np.ndarray
    areas: np.ndarray
    others: Sequence[Mapping[str, Any]]
    has_people: frozenset[int]
    remarks: Sequence[Remark]

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: Sequence[int]) -> CocoPeople:
        """Some of the people, by number."""
        ids, categories = ([values[row] for row in rows] for values in (self.ids, self.categories))
        arrays = ('places', 'boxes', 'corners', 'keypoints', 'areas')
        taken = {name: getattr(self, name)[list(rows)] for name in arrays}
        return replace(self, ids=ids, categories=categories, **taken)
