"""An Hourglass small enough to be trained on two cores."""

from __future__ import annotations

from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
from mmcv.cnn import ConvModule
from mmpose.models.backbones import HourglassNet
from mmpose.models.backbones.hourglass import ResLayer
from mmpose.models.backbones.resnet import BasicBlock
from mmpose.registry import MODELS
from torch import nn


@MODELS.register_module()
class NarrowHourglass(HourglassNet):
    """MMPose's HourglassNet, whose first layers are as narrow as its stages: MMPose's have 256 channels always."""

    def __init__(self, stage_channels: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(stage_channels=stage_channels, **kwargs)
        width = stage_channels[0]
        self.stem = nn.Sequential(
            ConvModule(3, width // 2, 7, padding=3, stride=2, norm_cfg=dict(type='BN')),
            ResLayer(BasicBlock, 1, width // 2, width, stride=2),
        )
