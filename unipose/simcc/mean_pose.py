"""How much a student knows beyond the mean pose."""

from __future__ import annotations

from typing import NamedTuple

import torch
from mmengine.dist import all_reduce
from torch import Tensor

from .target import SimCCTarget


class Compared(NamedTuple):
    """What a student loses, and what one that says the mean pose of everybody does, nats per weighted keypoint."""

    student: float
    mean_pose: float


class MeanPose:
    """Compares a student with one that ignores its picture and says the same of everybody.

    The best that such a student can say of a keypoint is the mean of its targets by weight, so its loss is the mean KL
    divergence of targets from that. Both are compared on the same targets. Sums stay on the device, and
    nothing waits for it but :meth:`compare`.
    """

    def __init__(self) -> None:
        self._recent: dict[str, list[Tensor]] = {}
        self._before: dict[str, list[Tensor]] = {}

    @torch.no_grad()
    def see(self, name: str, target: SimCCTarget, divergence: Tensor) -> None:
        """Adds a batch, unless the student's loss is not finite there.

        Args:
            name: Who says the target.
            target: What is said; all of it finite.
            divergence: The student's KL divergence from it, ``[B, K]`` nats.
        """
        lost = (target.weight * divergence).sum()
        finite = lost.isfinite()
        weight = torch.where(finite, target.weight, 0.0)
        sums = [
            torch.where(finite, lost, 0.0),
            sum((weight * torch.xlogy(rows, rows).sum(-1)).sum() for rows in target.axes),
            *((weight[..., None] * rows).sum(0) for rows in target.axes),  # [B, K, W] -> [K, W]
        ]
        self._recent[name] = [old + new for old, new in zip(self._recent.get(name, [0.0] * len(sums)), sums)]

    def compare(self) -> dict[str, Compared]:
        """Compares both on what all ranks have seen since the last call.

        The mean pose is that of all that has been seen so far.

        Returns:
            By who says the targets; those without weight are left out.
        """
        found = {}
        for name, sums in sorted(self._recent.items()):
            for one in sums:
                all_reduce(one)
            lost, certainty, *recent = (one.cpu().double() for one in sums)
            total = recent[0].sum()
            if total > 0:
                mass = [old + new for old, new in zip(self._before.get(name, [0.0] * len(recent)), recent)]
                means = [rows / rows.sum(-1, keepdim=True).clamp(min=1e-12) for rows in mass]  # [K, W] each
                likelihood = sum(torch.xlogy(rows, mean).sum() for rows, mean in zip(recent, means))
                found[name] = Compared(float(lost / total), float((certainty - likelihood) / total))
                self._before[name] = mass
        self._recent = {}
        return found
