"""Adapter for teachers that predict coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from mmpose.registry import MODELS
from torch import Tensor
from torch.distributions import Laplace, Normal

from unipose.simcc import Axis, Persons, SimCCTarget
from unipose.teachers.outputs import CoordinateOutput

from .adapter import Adapter

_DISTRIBUTIONS = dict(laplace=Laplace, gaussian=Normal)


@MODELS.register_module()
class RegressionAdapter(Adapter):
    """DeepPose, RLE, integral regression, decoded files: a distribution around the coordinates that a model predicts.

    - With sigmas, as of RLE, each bin gets its mass of the Laplace or Gaussian distribution. RLE's normalising flow,
      which refines the shape, is left to training.
    - Without, a model predicts a place and nothing about how sure it is of it: the student's own label there, as wide
      as ``spread`` says. So does integral regression: of its heatmaps only the expectation is trained (but in DSNT).

    The confidence is the score, where there is one; else one minus the mean sigma in sides of the input, MMPose's score
    for RLE; else 1.

    Source:
        DeepPose, https://arxiv.org/abs/1312.4659; RLE, https://arxiv.org/abs/2107.11291; integral regression,
        https://arxiv.org/abs/1711.08229.
    """

    reads: ClassVar[type] = CoordinateOutput
    output: CoordinateOutput

    def __call__(
        self,
        raw: tuple[Tensor, Tensor | None, Tensor | None],
        axes: Sequence[Axis],
        persons: Persons | None = None,
    ) -> tuple[SimCCTarget, Tensor]:
        """Converts a batch of coordinates, see :class:`unipose.teachers.outputs.CoordinateOutput`."""
        places, scores, sigmas = (None if part is None else part.float() for part in raw)
        confidence = torch.ones_like(places[..., 0])
        if sigmas is not None:
            sides = 1.0 if self.output.unit == 'input' else sigmas.new_tensor(self.input_size)
            confidence = 1.0 - (sigmas / sides).mean(-1)
        if scores is not None:
            confidence = scores
        sides = self.input_size if self.output.unit == 'input' else (1.0, 1.0)
        spread, rows = self.spread(confidence) * self.bins.split_ratio, []
        for axis, ((gain, start), side) in enumerate(zip(self.to_bins(axes, 2), sides, strict=True)):
            centre = gain * (side * places[..., axis]) + start
            if sigmas is None:
                label, inside = self.bins.labels_at(centre, axis, spread)
                rows.append(label * inside[..., None])
            else:
                edges = torch.arange(self.bins.num_bins[axis] + 1, device=places.device) - 0.5
                scale = gain * (side * sigmas[..., axis].clamp(min=1e-6))
                distribution = _DISTRIBUTIONS[self.output.distribution]
                error = distribution(centre[..., None], scale[..., None], validate_args=False)
                rows.append(error.cdf(edges).diff(dim=-1).clamp_(min=0.0))  # rounded, it need not rise
        return SimCCTarget.from_mass(*rows), confidence
