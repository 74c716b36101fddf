"""Packs samples, with the name of the source they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import TRANSFORMS
from mmpose.structures import PoseDataSample

from unipose.batches.sample_batch import filled

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
_LABELS = ('person_box', 'person_size', 'seen_box')


@TRANSFORMS.register_module()
class PackUnifiedInputs(PackPoseInputs):
    """MMPose's PackPoseInputs, which keeps what evaluation and reports need to know of a sample's source.

    What CanvasAffine says of the person goes into ``gt_instance_labels``, as do what DrawPhotometric has drawn,
    ``photometric`` ``[1, 7]``, and stored targets of teachers, as ``target_<teacher>`` ``[1, K, bytes]``, uint8, and
    the box of the view that they are of, where they move with the augmentation, as ``seen_box`` ``[1, 3, 2]``.

    MMPose's own checks each field and copies all metainfo deeply, which takes six times as long.
    """

    def __init__(self) -> None:
        super().__init__(meta_keys=_META_KEYS)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Packs a sample; ``inputs`` is a view of the image, without a copy in the order of channels."""
        image = np.ascontiguousarray(results['img'])  # a mirrored one goes backwards
        sample = filled(PoseDataSample(), {}, {key: results[key] for key in self.meta_keys if key in results})
        instances = _chosen(results, results.get('instance_mapping_table', self.instance_mapping_table))
        sample.gt_instances = filled(InstanceData(), instances)
        sample.gt_instance_labels = filled(InstanceData(), self._labels(results))
        if not results.keys().isdisjoint(results.get('field_mapping_table', self.field_mapping_table)):
            packed = super().transform(dict(results, img=image[:1, :1]))
            sample.gt_fields = packed['data_samples'].gt_fields
        return dict(inputs=torch.from_numpy(image).permute(2, 0, 1), data_samples=sample)

    def _labels(self, results: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        labels = _chosen(results, results.get('label_mapping_table', self.label_mapping_table))
        labels |= {key: results[key] for key in _LABELS if key in results}
        if 'photometric' in results:
            labels['photometric'] = results['photometric'][None]
        targets = results.get('teacher_targets', {})
        labels |= {f'target_{name}': np.array(target)[None] for name, target in targets.items()}
        # several encoders' labels are a list
        return {key: torch.from_numpy(np.stack(v) if isinstance(v, list) else v) for key, v in labels.items()}


def _chosen(results: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {name: results[key] for key, name in names.items() if key in results}
