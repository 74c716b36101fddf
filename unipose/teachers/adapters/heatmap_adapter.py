"""Adapter for teachers that predict a Gaussian heatmap of each keypoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from mmpose.registry import MODELS
from torch import Tensor

from unipose.simcc import Axis, Persons, SimCCTarget
from unipose.teachers.outputs import HeatmapOutput

from .adapter import Adapter
from .heatmap_modes import HeatmapModes

_WIDER = 1.05  # times the sigma of the labels: noise and rounded labels make a mode look wider by less


@MODELS.register_module()
class HeatmapAdapter(Adapter):
    """HRNet, Hourglass, MSPN, ViTPose, EfficientPose: a few modes per heatmap, each a label at its place.

    Trained with a squared error, such a model predicts the average of its Gaussian labels over the places where the
    keypoint may be. So each mode of a heatmap stands for as much probability as its volume; where it is wider than the
    Gaussian it was trained on, the rest of its variance is that of the place; and what lies around the modes is
    background, which an expectation must not see (0.005 of rectified noise moves it by 18 pixels). The student gets
    the average of its own labels over the same places, as a SimCC teacher would predict it. The confidence is the
    heatmap's peak.

    Where a place on the heatmap lies on the input is the output's ``coding``: the codecs' ``encode`` says where labels
    are (MMPose's ``UDPHeatmap.decode`` multiplies by ``input / (heatmap - 1)`` because its crop is ``input - 1`` pixels
    wide). MSRA: https://arxiv.org/abs/1804.06208, UDP: https://arxiv.org/abs/1911.07524, Megvii:
    https://arxiv.org/abs/1901.00148.
    """

    reads: ClassVar[type] = HeatmapOutput
    output: HeatmapOutput

    def __call__(
        self, raw: Tensor | Sequence[Tensor], axes: Sequence[Axis], persons: Persons | None = None
    ) -> tuple[SimCCTarget, Tensor]:
        """Converts a batch of heatmaps, see :class:`unipose.teachers.outputs.HeatmapOutput`."""
        heatmaps, sigma = self.output.last(raw), self.output.sigma
        steps = self.output.steps(self.input_size, (heatmaps.shape[-1], heatmaps.shape[-2]))
        heatmaps = heatmaps.float() / self.output.peak
        modes = HeatmapModes.find(heatmaps, sigma)
        spread = (modes.sigmas**2 - (_WIDER * sigma) ** 2).clamp(min=0.0).sqrt()  # [B, K, M, 2], heatmap pixels
        volume = modes.heights * (1.0 + (spread / sigma) ** 2).sqrt().prod(-1)  # [B, K, M]
        share = volume / volume.sum(-1, keepdim=True).clamp(min=1e-6)
        labels = []
        for axis, ((gain, start), (step, first)) in enumerate(zip(self.to_bins(axes, 3), steps, strict=True)):
            centre = gain * (step * modes.places[..., axis] + first) + start
            label, inside = self.bins.labels_at(
                centre, axis, gain * step * spread[..., axis]
            )  # [B, K, M, W], [B, K, M]
            labels.append(label)
            share = share * inside  # a mode outside along one axis says nothing along the other
        x, y = ((share[..., None] * label).sum(-2) for label in labels)
        return SimCCTarget.from_mass(x, y, share.sum(-1)), modes.heights[..., 0].clamp(max=1.0)
