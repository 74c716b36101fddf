"""Polarized self-attention: how much each channel, and each place, of a feature map counts."""

from __future__ import annotations

from torch import Tensor, nn

LAYOUTS = ('parallel', 'sequential')


class ChannelAttention(nn.Module):
    """How much each channel counts, by what all places say: ``sigmoid(LN(W_z(W_v(X) softmax(W_q(X)))))``.

    ``W_q``, ``W_v`` and ``W_z`` are 1x1 convolutions to 1, C / 2 and C channels. They are linear: ``W_v`` of the mean
    that the softmax takes over places is the mean of ``W_v`` at each, so it is applied once, not at every place.

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Linear(channels, 1, bias=False)
        self.value = nn.Linear(channels, channels // 2, bias=False)
        self.expand = nn.Linear(channels // 2, channels, bias=False)
        self.norm = nn.LayerNorm(channels)

    def forward(self, features: Tensor) -> Tensor:
        """From ``[B, C, H, W]`` to ``[B, C, 1, 1]``, in (0, 1)."""
        pixels = features.flatten(2)  # [B, C, P]
        places = (self.query.weight @ pixels).softmax(-1)  # [B, 1, P]
        mean = (pixels @ places.transpose(1, 2)).flatten(1)  # [B, C]
        return self.norm(self.expand(self.value(mean))).sigmoid()[..., None, None]


class SpatialAttention(nn.Module):
    """How much each place counts, by what all channels say: ``sigmoid(softmax(mean(W_q(X))) W_v(X))``.

    ``W_q`` and ``W_v`` are 1x1 convolutions to C / 2 channels; the mean is over places, the softmax over channels. Both
    are linear again: ``W_q`` is applied to the mean, and ``W_v`` to the softmax rather than at every place.

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Linear(channels, channels // 2, bias=False)
        self.value = nn.Linear(channels, channels // 2, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """From ``[B, C, H, W]`` to ``[B, 1, H, W]``, in (0, 1)."""
        pixels = features.flatten(2)  # [B, C, P]
        inner = self.query(pixels.mean(-1)).softmax(-1)  # [B, C / 2]
        channels = inner @ self.value.weight  # [B, C]
        places = channels[:, None] @ pixels  # [B, 1, P]
        return places.sigmoid().reshape(-1, 1, *features.shape[2:])


class PolarizedSelfAttention(nn.Module):
    """A feature map whose channels and places are weighted by attention.

    Args:
        channels: Of the feature map.
        layout: ``'parallel'``: ``A_ch(X) X + A_sp(X) X``; ``'sequential'``: ``A_sp(Z) Z`` of ``Z = A_ch(X) X``.

    Raises:
        ValueError: If there is no such layout.

    Source:
        Liu et al. 2021, Polarized self-attention, https://arxiv.org/abs/2107.00782. Equations and figure are followed
        where the authors' code (https://github.com/DeLightCMU/PSA) differs: its spatial softmax is over places.
    """

    def __init__(self, channels: int, layout: str = 'parallel') -> None:
        super().__init__()
        if layout not in LAYOUTS:
            raise ValueError(f'psa must be one of {LAYOUTS}. Got: {layout!r}')
        self.layout = layout
        self.channel = ChannelAttention(channels)
        self.spatial = SpatialAttention(channels)

    def forward(self, features: Tensor) -> Tensor:
        """From ``[B, C, H, W]`` to the same shape."""
        if self.layout == 'parallel':
            return features * (self.channel(features) + self.spatial(features))
        features = features * self.channel(features)
        return features * self.spatial(features)
