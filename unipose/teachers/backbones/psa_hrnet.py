"""HRNet with polarized self-attention in every residual block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from mmpose.models.backbones import HRNet
from mmpose.models.backbones.resnet import BasicBlock, Bottleneck, get_expansion
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from .polarized_self_attention import PolarizedSelfAttention


class _Attended:
    """A block of MMPose, whose ``branch`` has attention in it.

    Args:
        *args: MMPose's.
        psa: Layout of the attention.
        **kwargs: MMPose's.
    """

    def __init__(self, *args: Any, psa: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.psa = PolarizedSelfAttention(self.mid_channels, psa)

    def forward(self, features: Tensor) -> Tensor:
        """What MMPose's blocks do around their branch, ``[B, C, H, W]``."""
        if self.with_cp and features.requires_grad:
            return self.relu(checkpoint(self._sum, features, use_reentrant=False))
        return self.relu(self._sum(features))

    def _sum(self, features: Tensor) -> Tensor:
        return self.branch(features) + (features if self.downsample is None else self.downsample(features))


class PSABasicBlock(_Attended, BasicBlock):
    """MMPose's BasicBlock with attention after its first 3x3 convolution."""

    def branch(self, features: Tensor) -> Tensor:
        """What is added to the block's input."""
        inner = self.psa(self.relu(self.norm1(self.conv1(features))))
        return self.norm2(self.conv2(inner))


class PSABottleneck(_Attended, Bottleneck):
    """MMPose's Bottleneck with attention after its 3x3 convolution."""

    def branch(self, features: Tensor) -> Tensor:
        """What is added to the block's input."""
        inner = self.relu(self.norm1(self.conv1(features)))
        inner = self.psa(self.relu(self.norm2(self.conv2(inner))))
        return self.norm3(self.conv3(inner))


@MODELS.register_module()
class PSAHRNet(HRNet):
    """HRNet with polarized self-attention after the first 3x3 convolution of every residual block.

    Weights of MMPose's HRNet load into it (``init_cfg``). The attention then begins as torch initialises it, which
    leaves a feature map at about its size (``'parallel'``) or at a quarter of it, which the next normalisation undoes.

    Args:
        extra: MMPose's stages.
        psa: ``'parallel'`` or ``'sequential'``, see :class:`PolarizedSelfAttention`.
        **kwargs: MMPose's.

    Raises:
        ValueError: If there is no such layout.

    Source:
        Liu et al. 2021, Polarized self-attention, https://arxiv.org/abs/2107.00782.
    """

    def __init__(self, extra: Mapping[str, Any], psa: str = 'parallel', **kwargs: Any) -> None:
        # where HRNet looks for blocks while it is built
        self.blocks_dict = dict(BASIC=_with(psa, PSABasicBlock), BOTTLENECK=_with(psa, PSABottleneck))
        super().__init__(extra, **kwargs)


def _with(psa: str, block: type[nn.Module]) -> Callable[..., nn.Module]:
    """A block to be built with MMPose's arguments alone, and with the expansion that MMPose reads of it."""
    build = partial(block, psa=psa)
    build.expansion = get_expansion(block)
    return build
