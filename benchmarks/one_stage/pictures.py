"""Whole pictures with all their people, annotated in a union of skeletons."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform, Compose
from mmengine.structures import InstanceData
from mmpose.registry import DATASETS, TRANSFORMS
from mmpose.structures import PoseDataSample
from torch.utils.data import Dataset

from unipose.datasets.source import Source
from unipose.skeletons import load_skeleton

AREA_PER_BOX = 0.53  # as MMPose has it where an area is not annotated
ASPECT = 0.75  # width over height of what a person's box is grown to before its padding
_MARGIN = 0.06  # of the longer side: flesh around keypoints
_LEAST = 8.0  # pixels of a box that is learned
_POINTS = ('keypoints', 'keypoints_visible')


@DATASETS.register_module()
class WholePictures(Dataset):
    """People of named sources, gathered by picture.

    Args:
        sources: As of :class:`unipose.datasets.unified_keypoint_dataset.UnifiedKeypointDataset`, each also with
            ``boxes='keypoints'`` where its boxes are no people's: MPII's are squares of the standing height.
        skeleton: The union.
        pipeline: Transforms.
        pictures: How many of each source's, by name; by default all.
    """

    def __init__(
        self,
        sources: Mapping[str, Mapping[str, Any]],
        skeleton: Any,
        pipeline: Sequence[Any],
        pictures: Mapping[str, int] | None = None,
    ) -> None:
        self.skeleton = load_skeleton(skeleton)
        self.metainfo = dict(flip_indices=list(self.skeleton.flip_indices))
        self.pipeline = Compose([TRANSFORMS.build(step) for step in pipeline])
        self.pictures = []
        for name, options in sources.items():
            options = dict(options)
            of_keypoints = options.pop('boxes', None) == 'keypoints'
            found = list(self._gathered(Source(name, union=self.skeleton, **options), of_keypoints))
            self.pictures += found[: (pictures or {}).get(name)]

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """A picture after the pipeline; one that shows nobody any more is augmented again."""
        while True:
            found = self.pipeline(copy.deepcopy(self.pictures[index]))
            if found is not None:
                return found

    def _gathered(self, source: Source, of_keypoints: bool) -> Iterator[dict[str, Any]]:
        people: dict[str, list[dict[str, Any]]] = {}
        for index in range(len(source)):
            person = source[index]
            people.setdefault(person['img_path'], []).append(person)
        known = np.zeros(len(self.skeleton), np.float32)
        known[list(source.keypoint_map.dst_indices)] = 1
        for path, persons in people.items():
            stacked = {key: np.concatenate([p[key] for p in persons]) for key in ('bbox', *_POINTS)}
            boxes, areas = stacked['bbox'], np.array([p['area'] for p in persons], np.float32).reshape(-1)
            if of_keypoints:
                boxes = np.stack([_around(*one) for one in zip(*(stacked[key] for key in _POINTS), strict=True)])
                areas = AREA_PER_BOX * (boxes[:, 2:] - boxes[:, :2]).prod(1)
            yield dict(
                stacked,
                img_path=path,
                img_id=persons[0]['img_id'],
                source=source.name,
                flip_indices=list(self.skeleton.flip_indices),
                annotated=np.tile(known, (len(persons), 1)),
                bbox=boxes,
                area=areas,
                # of a crop for teachers; under this name flips mirror it
                bbox_center=(stacked['bbox'][:, :2] + stacked['bbox'][:, 2:]) / 2,
                crop_height=_grown(stacked['bbox']) * source.padding,
            )


def _grown(boxes: np.ndarray) -> np.ndarray:
    """Heights of boxes that are grown to the aspect ratio of crops."""
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    return np.maximum(height, width / ASPECT)


def _around(keypoints: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """The box around a person's keypoints."""
    seen = keypoints[visible > 0]
    low, high = seen.min(0), seen.max(0)
    margin = _MARGIN * (high - low).max()
    return np.concatenate([low - margin, high + margin]).astype(np.float32)


@TRANSFORMS.register_module()
class PackPictures(BaseTransform):
    """Packs a picture and its people as RTMO's head and the distiller take them.

    Required Keys: img, keypoints, keypoints_visible, bbox, area, annotated, warp_mat, bbox_center, crop_height.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any] | None:
        """Packs; None where nobody is left to be seen."""
        matrix = results['warp_mat'].astype(np.float64)
        boxes, visible = results['bbox'], (results['keypoints_visible'] > 0) * results['annotated']
        kept = ((boxes[:, 2:] - boxes[:, :2]).min(1) >= _LEAST) & (visible.sum(1) > 0)
        if not kept.any():
            return None
        scale = abs(np.linalg.det(matrix[:, :2])) ** 0.5
        labels = InstanceData()
        values = dict(
            bboxes=boxes[kept],
            keypoints=results['keypoints'][kept],
            keypoints_visible=visible[kept],
            keypoints_visible_weights=results['annotated'][kept],
            areas=results['area'][kept],
            crop_centres=results['bbox_center'][kept] @ matrix[:, :2].T + matrix[:, 2],
            crop_heights=results['crop_height'][kept] * scale,
        )
        for key, value in values.items():
            labels.set_field(torch.from_numpy(np.ascontiguousarray(value, dtype=np.float32)), key)
        labels.labels = torch.zeros(int(kept.sum()), dtype=torch.long)
        sample = PoseDataSample(metainfo={key: results[key] for key in ('img_id', 'img_path', 'source')})
        sample.gt_instance_labels = labels
        inputs = torch.from_numpy(np.ascontiguousarray(results['img'].transpose(2, 0, 1)))
        return dict(inputs=inputs, data_samples=sample)
