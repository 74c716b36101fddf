"""Packs samples, with the name of the source they come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import TRANSFORMS

_META_KEYS = (
    'id',
    'img_id',
    'img_path',
    'category_id',
    'ori_shape',
    'img_shape',
    'input_size',
    'input_center',
    'input_scale',
    'flip',
    'flip_indices',
    'source',
    'index',
    'drawn',
    'view',
    'skipped',
)


@TRANSFORMS.register_module()
class PackUnifiedInputs(PackPoseInputs):
    """MMPose's PackPoseInputs, which keeps what evaluation and reports need to know of a sample's source.

    What CanvasAffine says of the person goes into ``gt_instance_labels``, as do what DrawPhotometric has drawn,
    ``photometric`` ``[1, 7]``, and stored targets of teachers, as ``target_<teacher>`` ``[1, K, bytes]``, uint8, and
    the box of the view that they are of, where they move with the augmentation, as ``seen_box`` ``[1, 3, 2]``.
    """

    def __init__(self) -> None:
        super().__init__(meta_keys=_META_KEYS)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Packs a sample; ``inputs`` is a view of the image, without a copy in the order of channels."""
        image = results.pop('img')
        packed = super().transform(dict(results, img=image[:1, :1]))
        packed['inputs'] = torch.from_numpy(image).permute(2, 0, 1)
        labels = packed['data_samples'].gt_instance_labels
        for key in ('person_box', 'person_size', 'seen_box'):
            if key in results:
                labels.set_field(torch.from_numpy(results[key]), key)
        if 'photometric' in results:
            labels.set_field(torch.from_numpy(results['photometric'])[None], 'photometric')
        for name, target in results.get('teacher_targets', {}).items():
            labels.set_field(torch.from_numpy(np.array(target))[None], f'target_{name}')
        return packed
