"""Lets a network compute in bfloat16 where that does no harm."""

from __future__ import annotations

from typing import Any

import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor


def compute_features_in_bf16(model: TopdownPoseEstimator) -> None:
    """Makes backbone and neck compute in bfloat16, in place; the head gets their features in fp32.

    Args:
        model: The network.
    """
    extract = model.extract_feat

    def extract_feat(inputs: Tensor) -> Any:
        with torch.autocast(inputs.device.type, torch.bfloat16):
            features = extract(inputs)
        return _in_fp32(features)

    model.extract_feat = extract_feat


def _in_fp32(features: Any) -> Any:
    if isinstance(features, Tensor):
        return features.float()
    return type(features)(_in_fp32(part) for part in features)
