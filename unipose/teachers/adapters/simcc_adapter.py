"""Adapter for teachers that predict SimCC logits themselves."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from unipose.simcc import SimCCBins, SimCCTarget, rebin

from .adapter import Adapter


@MODELS.register_module()
class SimCCAdapter(Adapter):
    """RTMPose and SimCC heads: softmax, then the student's window of bins.

    The confidence of a row is its peak over the peak of a perfect label with the teacher's own sigma, at most 1; of a
    keypoint, the geometric mean of both axes.
    """

    head_types: ClassVar[tuple[str, ...]] = ('RTMCCHead', 'SimCCHead')

    def read_head(self, head: nn.Module) -> None:
        """Reads the labels from ``decoder`` (a SimCCLabel), and from ``loss_module`` the factor before the logits.

        Raises:
            ValueError: If the teacher was not trained on Gaussian labels.
        """
        codec = head.decoder
        if codec.smoothing_type != 'gaussian':
            raise ValueError(
                f'SimCCAdapter needs a teacher trained on Gaussian SimCC labels. Got: {codec.smoothing_type!r}'
            )
        teacher_ratio = float(codec.simcc_split_ratio)
        sigma = tuple(float(s) for s in codec.sigma)
        self.beta = head.loss_module.beta
        if head.loss_module.label_softmax:
            label_beta = head.loss_module.label_beta
            self.label_peaks = SimCCBins(self.view.input_size, sigma, teacher_ratio, label_beta).label_peaks
        else:
            self.label_peaks = tuple(1 / (s * math.sqrt(2 * math.pi)) for s in sigma)
        self.windows = [
            (shift * teacher_ratio, scale * teacher_ratio / self.bins.split_ratio) for scale, shift in self.axes
        ]

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
            output, self.windows, self.bins.num_bins, self.label_peaks, strict=True
        ):
            mass = torch.softmax(self.beta * logits.float(), dim=-1)
            confidence = confidence * (mass.amax(-1) / label_peak).clamp(max=1.0).sqrt()
            windows.append(rebin(mass, start, step, num_bins))
        return SimCCTarget.from_mass(*windows), confidence
