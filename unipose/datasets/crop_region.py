"""How much of an image augmentation may show of one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmcv.transforms import Compose
from mmpose.datasets.transforms import RandomBBoxTransform, RandomHalfBody
from mmpose.registry import TRANSFORMS

from .transforms.canvas_affine import CanvasAffine
from .transforms.get_source_bbox_center_scale import GetSourceBBoxCenterScale

_BORDER = 2  # pixels that interpolation reads around a place


@dataclass(frozen=True)
class Reach:
    """How far augmentation goes from the centre of a person's box.

    Args:
        aspect_ratio: Width over height of the student's input.
        canvas: Width and height of the canvas, in those of the student's input.
        scale: Largest factor from the student's box to the augmented one.
        shift: Largest shift of its centre, in its width and height.
        turns: Whether it is rotated.
        half_bodies: Transforms that may take half of a person for the whole.
    """

    aspect_ratio: float
    canvas: tuple[float, float]
    scale: float
    shift: float
    turns: bool
    half_bodies: tuple[RandomHalfBody, ...]

    @classmethod
    def of_pipelines(cls, pipelines: Sequence[Sequence[Mapping[str, Any]]]) -> Reach:
        """The reach of training pipelines together.

        Raises:
            ValueError: If one of them crops no canvas.
        """
        used = [[step for step in pipeline if not step['type'].startswith('Load')] for pipeline in pipelines]
        steps = [step for pipeline in used for step in _flat(TRANSFORMS.build(config) for config in pipeline)]
        crops = [step for step in steps if isinstance(step, CanvasAffine)]
        if len(crops) != len(pipelines):
            raise ValueError('every pipeline must have one CanvasAffine, as in configs/_base_/coco-mpii_192x256.py')
        moves = [step for step in steps if isinstance(step, RandomBBoxTransform)]
        width, height = crops[0].student_size
        return cls(
            aspect_ratio=width / height,
            canvas=tuple(max(float(crop.of_all.share[axis]) for crop in crops) for axis in (0, 1)),
            scale=max([1.0, *(move.scale_factor[1] for move in moves)]),
            shift=max([0.0, *(move.shift_factor for move in moves)]),
            turns=any(move.rotate_factor and move.rotate_prob for move in moves),
            half_bodies=tuple(step for step in steps if isinstance(step, RandomHalfBody)),
        )

    def fingerprint(self) -> dict[str, Any]:
        """The reach in plain values."""
        return dict(vars(self), half_bodies=[repr(half) for half in self.half_bodies])

    def region(self, sample: Mapping[str, Any]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of what may be shown of a sample, pixels of its image, right and bottom beyond.

        Args:
            sample: Of :meth:`unipose.datasets.UnifiedKeypointDataset.get_data_info`, with ``img_shape``.
        """
        height, width = sample['img_shape']
        corners = [self._around(*box) for box in self._boxes(sample)]
        left, top = np.floor(np.min([low for low, _ in corners], 0)).astype(int) - _BORDER
        right, bottom = np.ceil(np.max([high for _, high in corners], 0)).astype(int) + _BORDER
        left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
        return int(left), int(top), int(np.clip(right, left + 1, width)), int(np.clip(bottom, top + 1, height))

    def box_height(self, sample: Mapping[str, Any]) -> float:
        """Height of the student's box, pixels of the image."""
        return float(self._fitted(GetSourceBBoxCenterScale()(dict(sample))['bbox_scale'][0])[1])

    def _boxes(self, sample: Mapping[str, Any]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Centre and size of every box that may be augmented."""
        whole = GetSourceBBoxCenterScale()(dict(sample))
        yield whole['bbox_center'][0], self._fitted(whole['bbox_scale'][0])
        visible = sample['keypoints_visible'][0] > 0
        for half in self.half_bodies:
            for ids in (sample['upper_body_ids'], sample['lower_body_ids']):
                chosen = [i for i in ids if visible[i]]
                if chosen and visible.sum() >= half.min_total_keypoints:
                    center, scale = half._get_half_body_bbox(sample['keypoints'][0], chosen)
                    yield center, self._fitted(scale)

    def _fitted(self, scale: np.ndarray) -> np.ndarray:
        """Size of a box, grown to the student's aspect ratio."""
        width, height = scale
        return np.array([max(width, height * self.aspect_ratio), max(height, width / self.aspect_ratio)])

    def _around(self, center: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        half = self.scale * size * self.canvas / 2
        if self.turns:
            half = np.full(2, np.hypot(*half))
        half = half + self.shift * size
        return center - half, center + half


def _flat(steps: Any) -> Iterator[Any]:
    for step in steps:
        inner = getattr(step, 'transforms', None)
        yield from _flat(inner) if isinstance(inner, list | Compose) else [step]
