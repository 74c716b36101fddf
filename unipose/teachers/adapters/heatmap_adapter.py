"""Adapter for teachers that predict a Gaussian heatmap of each keypoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from mmpose.registry import MODELS
from torch import Tensor, nn

from unipose.simcc import SimCCTarget

from .adapter import Adapter
from .heatmap_modes import HeatmapModes

_WIDER = 1.05  # times the sigma of the labels: noise and rounded labels make a mode look wider by less


@MODELS.register_module()
class HeatmapAdapter(Adapter):
    """HRNet, SimpleBaseline, Hourglass, MSPN: a few modes per heatmap, each a label at its place.

    Trained with a squared error, such a model predicts the average of its Gaussian labels over the places where the
    keypoint may be. So each mode of a heatmap stands for as much probability as its volume; where it is wider than the
    Gaussian it was trained on, the rest of its variance is that of the place; and what lies around the modes is
    background, which an expectation must not see (0.005 of rectified noise moves it by 18 pixels). The student gets
    the average of its own labels over the same places, as a SimCC teacher would predict it. The confidence is the
    heatmap's peak.

    Pixels of the input, for a place ``i`` on the heatmap (the codecs' ``encode`` says where labels are; MMPose's
    ``UDPHeatmap.decode`` multiplies by ``input / (heatmap - 1)`` because its crop is ``input - 1`` pixels wide):

    - MSRAHeatmap: ``i * input / heatmap``, https://arxiv.org/abs/1804.06208
    - UDPHeatmap: ``i * (input - 1) / (heatmap - 1)``, https://arxiv.org/abs/1911.07524
    - MegviiHeatmap: ``(i + 0.5) * input / heatmap``, https://arxiv.org/abs/1901.00148
    """

    head_types: ClassVar[tuple[str, ...]] = ('HeatmapHead', 'CPMHead', 'MSPNHead')

    def read_head(self, head: nn.Module) -> None:
        """Reads the labels from ``decoder``, one of these codecs.

        Raises:
            ValueError: If the teacher was not trained on Gaussian heatmaps.
        """
        self.peak, self.sigma, steps, first = _read_labels(head.decoder)
        self.to_bins = []  # bin = gain * heatmap pixel + start
        for (scale, shift), step, zero in zip(self.axes, steps, first, strict=True):
            gain = self.bins.split_ratio / scale
            self.to_bins.append((step * gain, (zero - shift) * gain))

    def __call__(self, output: Tensor | Sequence[Tensor]) -> tuple[SimCCTarget, Tensor]:
        """Converts a batch of heatmaps.

        Args:
            output: ``[B, K, H, W]``, or one such tensor per stage, of which the last counts.

        Returns:
            Target in the student's bins, for the teacher's ``K`` keypoints, its weight the mass inside the student's
            view; and the confidence, ``[B, K]`` in [0, 1].
        """
        heatmaps = output if isinstance(output, Tensor) else output[-1]
        heatmaps = heatmaps.float() / self.peak
        modes = HeatmapModes.find(heatmaps, self.sigma)
        spread = (modes.sigmas**2 - (_WIDER * self.sigma) ** 2).clamp(min=0.0).sqrt()  # [B, K, M, 2], heatmap pixels
        volume = modes.heights * (1.0 + (spread / self.sigma) ** 2).sqrt().prod(-1)  # [B, K, M]
        share = volume / volume.sum(-1, keepdim=True).clamp(min=1e-6)
        labels = []
        for axis, (gain, start) in enumerate(self.to_bins):
            centre = gain * modes.places[..., axis] + start
            label, inside = self.bins.labels_at(centre, axis, gain * spread[..., axis])  # [B, K, M, W], [B, K, M]
            labels.append(label)
            share = share * inside  # a mode outside along one axis says nothing along the other
        x, y = ((share[..., None] * label).sum(-2) for label in labels)
        return SimCCTarget.from_mass(x, y, share.sum(-1)), modes.heights[..., 0].clamp(max=1.0)


def _read_labels(codec: Any) -> tuple[float, float, tuple[float, ...], tuple[float, ...]]:
    """Peak and sigma of a codec's Gaussians, input pixels per heatmap pixel and where the first one is, xy."""
    kind = type(codec).__name__
    if kind == 'UDPHeatmap' and codec.heatmap_type == 'gaussian':
        steps = tuple((i - 1) / (h - 1) for i, h in zip(codec.input_size, codec.heatmap_size, strict=True))
        return 1.0, codec.sigma, steps, (0.0, 0.0)
    if kind in ('MSRAHeatmap', 'MegviiHeatmap'):
        steps = tuple(i / h for i, h in zip(codec.input_size, codec.heatmap_size, strict=True))
        if kind == 'MSRAHeatmap':
            return 1.0, codec.sigma, steps, (0.0, 0.0)
        # OpenCV's sigma for a kernel; labels are rounded down, so their places are half a pixel further on.
        sigma = 0.3 * ((codec.kernel_size - 1) * 0.5 - 1) + 0.8
        return 255.0, sigma, steps, (steps[0] / 2, steps[1] / 2)
    if kind == 'UDPHeatmap':
        kind = f'UDPHeatmap of type {codec.heatmap_type!r}'
    raise ValueError(
        'HeatmapAdapter reads Gaussian heatmaps, which codec MSRAHeatmap, UDPHeatmap of type '
        f"'gaussian' or MegviiHeatmap describes. Got: {kind}; take a teacher trained on one of these, or register an "
        'adapter for its heatmaps with MODELS and name it in the teacher entry: adapter=dict(type=...)'
    )
