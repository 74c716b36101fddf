"""Adapter for teachers that predict SimCC logits themselves."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from unipose.simcc import Canvas, SimCCBins, SimCCTarget, View, rebin


@MODELS.register_module()
class SimCCAdapter:
    """RTMPose and SimCC heads: softmax, then the student's window of bins.

    The confidence of a row is its peak over the peak of a perfect label with the teacher's own sigma, at most 1; of a
    keypoint, the geometric mean of both axes.

    Args:
        head: The teacher's head, with ``decoder`` (a SimCCLabel codec) and ``loss_module`` (a KLDiscretLoss, which
            knows the factor in front of the logits that the teacher was trained with).
        canvas: The canvas that the views are windows of.
        view: What the teacher sees.
        student_view: What the student sees.
        bins: The student's bins.
        offset: How far right and below its targets the teacher predicts, pixels of its input; taken out again. MMPose
            trains on MPII's 1-based joints as if they were pixels; flipping evens that out along x, not along y. It
            is measured by ``tools/test.py CONFIG --teacher NAME`` (offset_x_input_px, offset_y_input_px).

    Raises:
        ValueError: If the teacher was not trained on Gaussian labels.
    """

    head_types: ClassVar[tuple[str, ...]] = ('RTMCCHead', 'SimCCHead')

    def __init__(
        self,
        head: nn.Module,
        canvas: Canvas,
        view: View,
        student_view: View,
        bins: SimCCBins,
        offset: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        codec = head.decoder
        if codec.smoothing_type != 'gaussian':
            raise ValueError(
                f'SimCCAdapter needs a teacher trained on Gaussian SimCC labels. Got: {codec.smoothing_type!r}'
            )
        teacher_ratio = float(codec.simcc_split_ratio)
        sigma = tuple(float(s) for s in codec.sigma)
        self.beta = head.loss_module.beta
        self.num_bins = bins.num_bins
        if head.loss_module.label_softmax:
            label_beta = head.loss_module.label_beta
            self.label_peaks = SimCCBins(view.input_size, sigma, teacher_ratio, label_beta).label_peaks
        else:
            self.label_peaks = tuple(1 / (s * math.sqrt(2 * math.pi)) for s in sigma)
        self.windows = []
        for axis in (0, 1):
            scale, shift = canvas.map_axis(view, student_view, axis)
            self.windows.append(((shift + offset[axis]) * teacher_ratio, scale * teacher_ratio / bins.split_ratio))

    def __call__(self, output: tuple[Tensor, Tensor]) -> tuple[SimCCTarget, Tensor]:
        """Converts a batch of logits.

        Args:
            output: Logits along x ``[B, K, Wx]`` and y ``[B, K, Wy]`` of the teacher.

        Returns:
            Target in the student's bins, for the teacher's ``K`` keypoints, its weight the mass inside the student's
            view; and the confidence, ``[B, K]`` in [0, 1].
        """
        windows, confidence = [], 1.0
        for logits, (start, step), num_bins, label_peak in zip(
            output, self.windows, self.num_bins, self.label_peaks, strict=True
        ):
            mass = torch.softmax(self.beta * logits.float(), dim=-1)
            confidence = confidence * (mass.amax(-1) / label_peak).clamp(max=1.0).sqrt()
            windows.append(rebin(mass, start, step, num_bins))
        return SimCCTarget.from_mass(*windows), confidence
