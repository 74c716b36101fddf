"""Adapter for teachers that predict coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.distributions import Laplace, Normal

from unipose.simcc import Canvas, SimCCBins, SimCCTarget, View


@MODELS.register_module()
class RegressionAdapter:
    """DeepPose, RLE, integral regression: a distribution around the coordinates that a head predicts.

    Coordinates are in units of the input's size (MMPose's RegressionLabel: ``coordinate * input``, both for x and y).

    - RLE predicts a sigma too: the sigmoid of its last two numbers, in the same unit, is the scale of a Laplace
      distribution (``RLELoss``: ``log(2 * sigma) + |error| / sigma``), or the standard deviation of a Gaussian where
      the loss says so. Each bin gets its mass. The normalising flow, which refines the shape, is left to training.
      The confidence is MMPose's score, one minus the mean sigma.
    - All others predict a place and nothing about how sure they are: the student's own label there, confidence 1. So
      does integral regression: of its heatmaps only the expectation is trained (but in DSNT).

    Args:
        head: The teacher's head.
        canvas: The canvas that the views are windows of.
        view: What the teacher sees.
        student_view: What the student sees.
        bins: The student's bins.
        offset: How far right and below its targets the teacher predicts, pixels of its input; taken out again (see
            :class:`SimCCAdapter`).

    Raises:
        ValueError: If the head's sigma is not the scale of a distribution.

    Source:
        DeepPose, https://arxiv.org/abs/1312.4659; RLE, https://arxiv.org/abs/2107.11291; integral regression,
        https://arxiv.org/abs/1711.08229.
    """

    head_types: ClassVar[tuple[str, ...]] = ('RegressionHead', 'RLEHead', 'IntegralRegressionHead')

    def __init__(
        self,
        head: nn.Module,
        canvas: Canvas,
        view: View,
        student_view: View,
        bins: SimCCBins,
        offset: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.bins = bins
        self.error_type = None
        if hasattr(head.loss_module, 'q_distribution'):
            if not head.loss_module.residual:
                raise ValueError(
                    'RegressionAdapter needs a sigma that is the scale of an error. Got: a teacher trained with '
                    'RLELoss(residual=False), where only the flow knows its scale; take one trained with residual=True'
                )
            self.error_type = dict(laplace=Laplace, gaussian=Normal)[head.loss_module.q_distribution]
        self.axes = []  # bin = gain * predicted coordinate + start
        for axis in (0, 1):
            scale, shift = canvas.map_axis(view, student_view, axis)
            to_bins = bins.split_ratio / scale
            self.axes.append((view.input_size[axis] * to_bins, (-offset[axis] - shift) * to_bins))

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
        for axis, (gain, start) in enumerate(self.axes):
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
