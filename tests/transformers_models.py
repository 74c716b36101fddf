"""Tiny pose models of Transformers with random weights, saved as it saves them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch


def save_vitpose(folder: Path, keypoints: int = 17, experts: int = 1, size: tuple[int, int] = (192, 256)) -> Path:
    """A ViTPose, or with several experts a ViTPose++, whose outputs differ from place to place."""
    transformers = pytest.importorskip('transformers', reason='Transformers is not installed')
    torch.manual_seed(0)
    backbone = transformers.VitPoseBackboneConfig(
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        mlp_ratio=2,
        image_size=[size[1], size[0]],
        patch_size=[16, 16],
        out_indices=[2],
        **(dict(num_experts=experts, part_features=6) if experts > 1 else {}),
    )
    config = transformers.VitPoseConfig(backbone_config=backbone, num_labels=keypoints)
    model = transformers.VitPoseForPoseEstimation(config)
    model.head.conv.weight.data.normal_(std=0.2)
    model.save_pretrained(folder)
    return folder


def save_sapiens2(folder: Path) -> Path:
    """A Sapiens2 of 96x128 pixels and 308 keypoints."""
    transformers = pytest.importorskip('transformers', reason='Transformers is not installed')
    torch.manual_seed(0)
    config = transformers.Sapiens2Config(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        image_size=[128, 96],
        num_labels=308,
        head_config=dict(upsample_out_channels=[16, 16], conv_out_channels=[16]),
    )
    transformers.Sapiens2ForPoseEstimation(config).save_pretrained(folder)
    return folder
