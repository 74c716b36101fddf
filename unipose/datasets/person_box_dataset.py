"""Boxes of people without keypoints: what only teachers can teach on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from mmpose.registry import DATASETS

_PERSON = 1  # COCO's category, where a file names none
_IMAGE_KEYS = ('id', 'file_name', 'width', 'height')
_MAX_PROBLEMS = 5


@DATASETS.register_module()
class PersonBoxDataset(BaseDataset):
    """People given by boxes in COCO's format; keypoints are not read, even where there are some.

    MMPose's CocoDataset leaves out everyone without annotated keypoints, and reads detected boxes in test mode only.

    Boxes come from the annotations of ``ann_file``, such as COCO's instances or detections written in that form, or
    from ``bbox_file``, a list of COCO's detection results; ``ann_file`` then says no more than which images there are.
    They are clipped to their images as CocoDataset does it. Crowds, other categories and what is below ``min_size`` or
    ``score_thr`` are left out, and the log says how many.

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
        ValueError: If the file is not in COCO's format, boxes are wrong (the first few are listed), or none is left.
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
        images, boxes, person = self._read_files()
        people, problems = [], []
        for number, box in enumerate(boxes):
            if box.get('category_id') == person and not box.get('iscrowd'):
                try:
                    people.append(self._person(box, number, images))
                except (TypeError, ValueError) as error:
                    problems.append(f'box {box.get("id", number)} of image {box.get("image_id")} {error}')
        where = self.bbox_file or self.ann_file
        if problems:
            shown = problems[:_MAX_PROBLEMS] + ['...'] * (len(problems) > _MAX_PROBLEMS)
            raise ValueError(f'{where}: {len(problems)} of {len(boxes)} boxes cannot be used: {"; ".join(shown)}')
        large = [record for record in people if _size(record['bbox']) >= self.min_size and _size(record['bbox']) > 0]
        sure = [record for record in large if record['bbox_score'][0] >= np.float32(self.score_thr)]
        summary = (
            f'{where}: {len(sure)} of {len(boxes)} boxes are used; {len(boxes) - len(people)} are crowds or no '
            f'{self.category}, {len(people) - len(large)} smaller than {self.min_size:g} px, {len(large) - len(sure)} '
            f'of a score below {self.score_thr:g}'
        )
        if not sure:
            raise ValueError(summary)
        print_log(summary, logger='current')
        return sure

    def _read_files(self) -> tuple[dict[Any, Mapping[str, Any]], list[Mapping[str, Any]], Any]:
        """Images by id, boxes, and the category that people are in."""
        content = _read(self.ann_file)
        if not isinstance(content, Mapping) or not isinstance(content.get('images'), list):
            raise ValueError(
                f'{self.ann_file} must be COCO annotations, a mapping with a list of images. Got: '
                f'{sorted(content) if isinstance(content, Mapping) else type(content).__name__}. Detection results, a '
                'list, are given as bbox_file, beside an ann_file that lists the images'
            )
        boxes = _read(self.bbox_file) if self.bbox_file else content.get('annotations')
        if not isinstance(boxes, list) or not all(isinstance(box, Mapping) for box in boxes):
            what = f'{self.bbox_file} must be' if self.bbox_file else f'annotations in {self.ann_file} must be'
            raise ValueError(f'{what} a list of mappings with a bbox each. Got: {type(boxes).__name__}')
        for number, image in enumerate(content['images']):
            missing = [key for key in _IMAGE_KEYS if key not in image]
            if missing:
                raise ValueError(f'{self.ann_file}: entry {number} of images lacks {missing}')
        categories = content.get('categories') or []
        if not isinstance(categories, list) or not all(isinstance(category, Mapping) for category in categories):
            raise ValueError(f'categories in {self.ann_file} must be a list of mappings. Got: {categories!s:.60}')
        ids = {category.get('name'): category.get('id') for category in categories}
        if ids and self.category not in ids:
            raise ValueError(f'{self.ann_file} has no category {self.category!r}; set category to one of {list(ids)}')
        images = {image['id']: image for image in content['images']}
        return images, boxes, ids.get(self.category, _PERSON)

    def _person(self, box: Mapping[str, Any], number: int, images: Mapping[Any, Mapping[str, Any]]) -> dict[str, Any]:
        image = images.get(box.get('image_id'))
        if image is None:
            raise ValueError(f'is in no image of {self.ann_file}')
        if self.score_thr and 'score' not in box:
            raise ValueError(f'has no score, which score_thr={self.score_thr} asks for')
        return dict(
            id=box.get('id', number),
            img_id=image['id'],
            img_path=os.path.join(self.data_prefix['img'], image['file_name']),
            annotated_shape=(image['height'], image['width']),
            bbox=_clipped(box.get('bbox'), image['width'], image['height']),
            bbox_score=np.array([box.get('score', 1.0)], np.float32),
            category_id=box['category_id'],
        )


def _read(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding='utf-8'))


def _size(bbox: np.ndarray) -> float:
    left, top, right, bottom = bbox[0].tolist()
    return ((right - left) * (bottom - top)) ** 0.5


def _clipped(bbox: Any, width: float, height: float) -> np.ndarray:
    """Corners ``[1, 4]`` (xyxy) inside the image of a box (x, y, width, height); COCO has some without height."""
    numbers = np.asarray(bbox, dtype=np.float64)
    if numbers.shape != (4,) or not np.isfinite(numbers).all() or (numbers[2:] < 0).any():
        raise ValueError(f'must have x, y, width and height, finite and the last two not negative. Got: {bbox}')
    corners = np.concatenate([numbers[:2], numbers[:2] + numbers[2:]])
    if (corners[2:] < 0).any() or (corners[:2] > (width, height)).any():
        raise ValueError(f'lies outside its image of {width}x{height} pixels: {bbox}')
    return np.clip(corners, 0, (width - 1, height - 1) * 2).astype(np.float32)[None]
