"""Boxes of people without keypoints: what only teachers can teach on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from mmpose.registry import DATASETS

from unipose.files.coco import read_boxes

from .heed import heed, heed_sizes


@DATASETS.register_module()
class PersonBoxDataset(BaseDataset):
    """People given by boxes in COCO's format; keypoints are not read, even where there are some.

    MMPose's CocoDataset leaves out everyone without annotated keypoints, and reads detected boxes in test mode only.

    Boxes come from the annotations of ``ann_file``, such as COCO's instances or detections written in that form, or
    from ``bbox_file``, a list of COCO's detection results; ``ann_file`` then says no more than which images there are.
    They are clipped to their images as CocoDataset does it. Crowds, other categories, boxes without size and what is
    below ``min_size`` or ``score_thr`` are left out, and the log says how many.

    Args:
        ann_file: COCO's annotations, relative to ``data_root``: ``images`` with id, file_name, width and height;
            ``annotations`` with image_id, category_id and bbox (x, y, width, height, pixels); ``categories``.
        bbox_file: Detection results, each with image_id, category_id, bbox and score; as in MMPose not relative to
            ``data_root``.
        data_prefix: Folder of the images as ``img``, relative to ``data_root``.
        category: Name of the category that people are in; in a file without categories they are COCO's 1.
        min_size: Least square root of a box's area, pixels. COCO annotates no keypoints on people below 32.
        score_thr: Least score of a box.
        **kwargs: What :class:`mmengine.dataset.BaseDataset` takes.

    Raises:
        ValueError: If a file is not in COCO's format, boxes are wrong (the first few are listed), or none is left.
    """

    def __init__(
        self,
        ann_file: str,
        bbox_file: str | None = None,
        data_prefix: Mapping[str, str] | None = None,
        category: str = 'person',
        min_size: float = 32.0,
        score_thr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        if not min_size >= 0 or not 0 <= score_thr <= 1:
            raise ValueError(f'min_size must be >= 0, score_thr within 0 to 1. Got: {min_size}, {score_thr}')
        self.bbox_file = bbox_file
        self.category = category
        self.min_size = min_size
        self.score_thr = score_thr
        super().__init__(ann_file=ann_file, data_prefix=dict(data_prefix or {'img': ''}), **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Reads a record per person: ids, ``img_path``, ``annotated_shape`` (height, width), ``bbox`` (xyxy), score."""
        where = f'{self.bbox_file} (images of {self.ann_file})' if self.bbox_file else self.ann_file
        boxes = read_boxes(self.ann_file, self.data_prefix['img'], self.bbox_file, self.category)
        heed(where, boxes.remarks)
        heed_sizes(self.ann_file, boxes.images, boxes.places)
        scores = np.where(np.isnan(boxes.scores), 1.0, boxes.scores).astype(np.float32)
        if self.score_thr and np.isnan(boxes.scores).any():
            lacking = boxes.ids[int(np.isnan(boxes.scores).argmax())]
            raise ValueError(f'{where}: box {lacking} has no score, which score_thr={self.score_thr} asks for')
        corners = boxes.corners.astype(np.float32)
        large = np.sqrt((corners[:, 2:] - corners[:, :2]).astype(np.float64).prod(1)) >= self.min_size
        sure = large & (scores >= np.float32(self.score_thr))
        summary = (
            f'{where}: {sure.sum()} of {boxes.entries} boxes are used; {boxes.entries - len(boxes)} are left out as '
            f'crowds, no {self.category} or without size, {(~large).sum()} smaller than {self.min_size:g} px, '
            f'{(large & ~sure).sum()} of a score below {self.score_thr:g}'
        )
        if not sure.any():
            raise ValueError(summary)
        print_log(summary, logger='current')
        images, sizes = boxes.images, boxes.images.sizes
        return [
            dict(
                id=boxes.ids[row],
                img_id=images.ids[place],
                img_path=images.paths[place],
                annotated_shape=tuple(sizes[place, ::-1].tolist()),
                bbox=corners[row][None],
                bbox_score=scores[row : row + 1],
                category_id=boxes.categories[row],
            )
            for row, place in ((row, boxes.places[row]) for row in np.flatnonzero(sure).tolist())
        ]
