"""Adapter for teachers that predict SimCC logits themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from mmpose.registry import MODELS
from torch import Tensor

from unipose.simcc import Axis, Persons, SimCCBins, SimCCTarget, rebin
from unipose.teachers.outputs import SimCCOutput

from .adapter import Adapter


@MODELS.register_module()
class SimCCAdapter(Adapter):
    """RTMPose and SimCC heads: softmax, then the student's window of bins.

    The confidence of a row is its peak over the peak of a perfect label with the teacher's own sigma, at most 1; of a
    keypoint, the geometric mean of both axes.
    """

    reads: ClassVar[type] = SimCCOutput
    output: SimCCOutput

    def __init__(self, output: SimCCOutput, *args: Any, **kwargs: Any) -> None:
        super().__init__(output, *args, **kwargs)
        if output.label_beta is None:
            self.label_peaks = tuple(1 / (s * math.sqrt(2 * math.pi)) for s in output.sigma)
        else:
            own = SimCCBins(self.input_size, output.sigma, output.split_ratio, output.label_beta)
            self.label_peaks = own.label_peaks

    def __call__(
        self, raw: tuple[Tensor, Tensor], axes: Sequence[Axis], persons: Persons | None = None
    ) -> tuple[SimCCTarget, Tensor]:
        """Converts a batch of logits, see :class:`unipose.teachers.outputs.SimCCOutput`."""
        windows, confidence, ratio = [], 1.0, self.output.split_ratio
        for logits, (scale, shift), offset, num_bins, label_peak in zip(
            raw, axes, self.offset, self.bins.num_bins, self.label_peaks, strict=True
        ):
            mass = torch.softmax(self.output.beta * logits.float(), dim=-1)
            confidence = confidence * (mass.amax(-1) / label_peak).clamp(max=1.0).sqrt()
            windows.append(rebin(mass, (shift + offset) * ratio, scale * ratio / self.bins.split_ratio, num_bins))
        return SimCCTarget.from_mass(*windows), confidence
