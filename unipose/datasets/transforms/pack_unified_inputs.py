"""Packs samples, with the name of the source they come from."""

from __future__ import annotations

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
    'view',
    'skipped',
)


@TRANSFORMS.register_module()
class PackUnifiedInputs(PackPoseInputs):
    """MMPose's PackPoseInputs, which keeps what evaluation and reports need to know of a sample's source."""

    def __init__(self) -> None:
        super().__init__(meta_keys=_META_KEYS)
