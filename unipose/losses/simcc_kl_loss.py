"""KL divergence between a SimCC target and the student, a mean in nats per weighted keypoint."""

from __future__ import annotations

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from unipose.simcc import SimCCTarget

from .mean_over_ranks import Sums, mean_over_ranks


@MODELS.register_module()
class SimCCKLLoss(nn.Module):
    """``sum_nk w_nk (KL_x + KL_y) / sum_nk w_nk``, for ground truth and teachers alike.

    The value does not move with batch size, number of bins or number of keypoints. Under distributed training the
    denominator is the mean over all ranks, so that DDP's averaged gradients equal those of one large batch.

    Args:
        beta: Factor in front of the logits inside the softmax; the targets must have been made with the same.

    Source:
        Hinton et al., https://arxiv.org/abs/1503.02531; softmaxed SimCC rows as in MMPose's ``KLDiscretLoss``, which
        averages over bins and sums over the batch instead.
    """

    def __init__(self, beta: float = 10.0) -> None:
        super().__init__()
        if beta <= 0:
            raise ValueError(f'beta must be positive. Got: {beta}')
        self.beta = beta

    def forward(self, student_logits: tuple[Tensor, Tensor], target: SimCCTarget, kept: Tensor | None = None) -> Tensor:
        """Compares logits with a target.

        Args:
            student_logits: Logits along x ``[B, K, Wx]`` and y ``[B, K, Wy]``.
            target: Distributions over the same bins.
            kept: Factor per sample, ``[B]``; a sample with 0 adds nothing, and the others do not count more for it.

        Returns:
            Scalar, nats per weighted keypoint; 0 where nothing has weight.

        Raises:
            ValueError: If logits and target have different shapes.
        """
        return mean_over_ranks(self.sums(self.divergence(student_logits, target), target.weight, kept))

    def sums(self, divergence: Tensor, weight: Tensor, kept: Tensor | None = None) -> Sums:
        """What the mean of divergences ``[B, K]`` by weight ``[B, K]`` is made of, for :func:`means_over_ranks`.

        Args:
            divergence: Of :meth:`divergence`.
            weight: How much each counts.
            kept: As in :meth:`forward`.
        """
        if kept is not None:
            divergence = divergence * kept[:, None]
        return (weight * divergence).sum(), weight.sum()

    def divergence(self, student_logits: tuple[Tensor, Tensor], target: SimCCTarget) -> Tensor:
        """KL of both axes of every keypoint, ``[B, K]`` nats, whatever its weight; 0 where the weight is 0.

        Raises:
            ValueError: If logits and target have different shapes.
        """
        shapes = [tuple(rows.shape) for rows in (*student_logits, *target.axes)]
        if shapes[:2] != shapes[2:]:
            raise ValueError(f'logits and target must have the same shapes. Got: {shapes[:2]} and {shapes[2:]}')
        # rows without weight may hold anything, NaN included, and must not reach the gradient
        known = (target.weight > 0)[..., None]
        return sum(
            self._axis_divergence(logits, torch.where(known, rows, 0.0))
            for logits, rows in zip(student_logits, target.axes, strict=True)
        )

    def _axis_divergence(self, logits: Tensor, target: Tensor) -> Tensor:
        log_student = torch.log_softmax(self.beta * logits.float(), dim=-1)
        # [B, K, W] -> [B, K]; xlogy: a bin without target mass adds nothing
        return (torch.xlogy(target, target) - target * log_student).sum(-1)
