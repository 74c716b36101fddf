"""Adapter for teachers that predict coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.distributions import Laplace, Normal

from unipose.simcc import SimCCTarget

from .adapter import Adapter


@MODELS.register_module()
class RegressionAdapter(Adapter):
    """DeepPose, RLE, integral regression: a distribution around the coordinates that a head predicts.

    Coordinates are in units of the input's size (MMPose's RegressionLabel: ``coordinate * input``, both for x and y).

    - RLE predicts a sigma too: the sigmoid of its last two numbers, in the same unit, is the scale of a Laplace
      distribution (``RLELoss``: ``log(2 * sigma) + |error| / sigma``), or the standard deviation of a Gaussian where
      the loss says so. Each bin gets its mass. The normalising flow, which refines the shape, is left to training.
      The confidence is MMPose's score, one minus the mean sigma.
    - All others predict a place and nothing about how sure they are: the student's own label there, confidence 1. So
      does integral regression: of its heatmaps only the expectation is trained (but in DSNT).

    Source:
        DeepPose, https://arxiv.org/abs/1312.4659; RLE, https://arxiv.org/abs/2107.11291; integral regression,
        https://arxiv.org/abs/1711.08229.
    """

    head_types: ClassVar[tuple[str, ...]] = ('RegressionHead', 'RLEHead', 'IntegralRegressionHead')

    def read_head(self, head: nn.Module) -> None:
        """Reads from ``loss_module`` whether and which sigma is predicted.

        Raises:
            ValueError: If the head's sigma is not the scale of a distribution.
        """
        self.error_type = None
        if hasattr(head.loss_module, 'q_distribution'):
            if not head.loss_module.residual:
                raise ValueError(
                    'RegressionAdapter needs a sigma that is the scale of an error. Got: a teacher trained with '
                    'RLELoss(residual=False), where only the flow knows its scale; take one trained with residual=True'
                )
            self.error_type = dict(laplace=Laplace, gaussian=Normal)[head.loss_module.q_distribution]
        self.to_bins = []  # bin = gain * predicted coordinate + start
        for (scale, shift), side in zip(self.axes, self.view.input_size, strict=True):
            gain = self.bins.split_ratio / scale
            self.to_bins.append((side * gain, -shift * gain))

    def __call__(self, output: Tensor | Sequence[Tensor]) -> tuple[SimCCTarget, Tensor]:
        """Converts a batch of coordinates.

        Args:
            output: Coordinates ``[B, K, 2]``, with sigmas before their sigmoid ``[B, K, 4]``, or coordinates and
                heatmaps.

        Returns:
            Target in the student's bins, for the teacher's ``K`` keypoints, its weight the mass inside the student's
            view; and the confidence, ``[B, K]`` in [0, 1].
        """
        output = (output if isinstance(output, Tensor) else output[0]).float()
        sigma = output[..., 2:].sigmoid()
        rows = []
        for axis, (gain, start) in enumerate(self.to_bins):
            centre = gain * output[..., axis] + start
            if self.error_type is None:
                label, inside = self.bins.labels_at(centre, axis, torch.zeros_like(centre))
                rows.append(label * inside[..., None])
            else:
                edges = torch.arange(self.bins.num_bins[axis] + 1, device=output.device) - 0.5
                scale = gain * sigma[..., axis].clamp(min=1e-6)
                error = self.error_type(centre[..., None], scale[..., None], validate_args=False)
                rows.append(error.cdf(edges).diff(dim=-1))
        confidence = torch.ones_like(output[..., 0]) if self.error_type is None else 1.0 - sigma.mean(-1)
        return SimCCTarget.from_mass(*rows), confidence
