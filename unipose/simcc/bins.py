"""The student's SimCC bins: encoding keypoints as distributions over them, and decoding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from .constants import constant
from .target import SimCCTarget


@dataclass(frozen=True)
class SimCCBins:
    """One-dimensional bins along each axis of a model's input.

    Bin ``i`` stands for the input coordinate ``i / split_ratio``, as in MMPose's SimCCLabel.

    Args:
        input_size: Width and height of the model's input, pixels.
        sigma: Standard deviation of the Gaussian label before the softmax, bins, for x and y.
        split_ratio: Bins per pixel.
        beta: Factor in front of labels and logits inside the softmax (RTMPose: 10).

    Source:
        SimCC, https://arxiv.org/abs/2107.03332; the softmaxed label is RTMPose's, https://arxiv.org/abs/2303.07399
        (``KLDiscretLoss`` with ``label_softmax`` and ``beta`` in MMPose).
    """

    input_size: tuple[int, int]
    sigma: tuple[float, float]
    split_ratio: float = 2.0
    beta: float = 10.0

    @classmethod
    def from_codec(cls, codec: Mapping[str, Any], beta: float = 10.0) -> SimCCBins:
        """Reads the bins from an MMPose codec config.

        Raises:
            ValueError: If the codec is not a Gaussian SimCCLabel with un-normalised labels.
        """
        if codec.get('type') != 'SimCCLabel' or codec.get('smoothing_type', 'gaussian') != 'gaussian':
            raise ValueError(f"the student's codec must be a SimCCLabel with Gaussian labels. Got: {dict(codec)}")
        if codec.get('input_size') is None:
            raise ValueError(f'the SimCCLabel codec does not say its input_size. Got: {dict(codec)}')
        if codec.get('normalize', True):
            raise ValueError('the SimCCLabel codec must have normalize=False, as RTMPose does: labels are softmaxed')
        sigma = codec.get('sigma', 6.0)
        sigma = (sigma, sigma) if isinstance(sigma, int | float) else sigma
        ratio = codec.get('simcc_split_ratio', 2.0)
        return cls(tuple(codec['input_size']), tuple(float(s) for s in sigma), float(ratio), beta)

    @property
    def num_bins(self) -> tuple[int, int]:
        """Number of bins along x and y."""
        return round(self.input_size[0] * self.split_ratio), round(self.input_size[1] * self.split_ratio)

    @cached_property
    def label_peaks(self) -> tuple[float, float]:
        """Largest probability of a perfect label along x and y (about 0.245 for RTMPose)."""
        return tuple(
            self._axis_label(torch.tensor([[n // 2]]), n, sigma).max().item()
            for n, sigma in zip(self.num_bins, self.sigma, strict=True)
        )

    def encode(self, keypoints: Tensor, weight: Tensor) -> SimCCTarget:
        """Turns keypoints into the distributions that a perfect model would predict.

        Args:
            keypoints: ``[B, K, 2]``, input pixels, xy.
            weight: ``[B, K]``, 0 where a keypoint is not annotated.

        Returns:
            ``softmax(beta * SimCCLabel)`` along both axes; the weight becomes 0 outside the input.
        """
        centre = torch.round(keypoints.float() * self.split_ratio)  # [B, K, 2], bins
        num_bins = constant(self.num_bins, centre.device)
        inside = ((centre >= 0) & (centre < num_bins)).all(-1)  # [B, K]
        x, y = (
            self._axis_label(centre[..., axis], self.num_bins[axis], self.sigma[axis]) for axis in (0, 1)
        )  # [B, K, W]
        return SimCCTarget(x, y, weight.float() * inside)

    def labels_at(self, centre: Tensor, axis: int, spread: Tensor) -> tuple[Tensor, Tensor]:
        """Labels at places that need not be on a bin, nor among the bins.

        An uncertain place gives the label its shape at a larger width: core variance plus ``spread**2``, which is what
        the average of the labels over all possible places has, and so what a SimCC model would learn to predict.

        Args:
            centre: Place along the axis, bins, ``[...]``.
            axis: 0 for x, 1 for y.
            spread: Standard deviation of the place, bins, ``[...]``; 0 for the label itself.

        Returns:
            Labels ``[..., W]`` that sum to 1, and the share of each that lies inside the bins ``[...]``: of its core,
            since the flat tail of the softmax is everywhere.
        """
        num_bins, (core_mass, core_variance) = self.num_bins[axis], self._cores[axis]
        widening = (1.0 + spread**2 / core_variance).sqrt()
        bins = torch.arange(num_bins, device=centre.device)
        distance = (bins - centre[..., None]) / (self.sigma[axis] * widening[..., None])  # [..., W]
        label = torch.exp(self.beta * (torch.exp(-(distance**2) / 2) - 1.0))  # the flat tail is exp(-beta)
        total = label.sum(-1)
        inside = (total - num_bins * math.exp(-self.beta)) / (core_mass * widening)
        return label / total[..., None], inside.clamp(0.0, 1.0)

    def decode(self, target: SimCCTarget) -> Tensor:
        """Most probable coordinates, ``[B, K, 2]``, input pixels, xy."""
        return torch.stack([rows.argmax(-1) for rows in target.axes], -1) / self.split_ratio

    def expected(self, target: SimCCTarget) -> Tensor:
        """Expected coordinates, ``[B, K, 2]``, input pixels, xy."""
        means = [rows @ torch.arange(rows.shape[-1], device=rows.device, dtype=rows.dtype) for rows in target.axes]
        return torch.stack(means, -1) / self.split_ratio

    @cached_property
    def _cores(self) -> tuple[tuple[float, float], ...]:
        """Mass (where the peak is 1) and variance (bins) of a label without its flat tail, along x and y."""
        cores = []
        for sigma in self.sigma:
            reach = math.ceil(8 * sigma)
            bins = torch.arange(-reach, reach + 1, dtype=torch.float64)
            core = torch.expm1(self.beta * torch.exp(-(bins**2) / (2 * sigma**2))) * math.exp(-self.beta)
            mass = core.sum()
            cores.append((mass.item(), (core @ bins**2 / mass).item()))
        return tuple(cores)

    def _axis_label(self, centre: Tensor, num_bins: int, sigma: float) -> Tensor:
        bins = torch.arange(num_bins, device=centre.device)
        gaussian = torch.exp(-((bins - centre[..., None]) ** 2) / (2 * sigma**2))  # [B, K, W]
        return torch.softmax(self.beta * gaussian, dim=-1)
