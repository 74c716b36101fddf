"""Bins that lie elsewhere for each person: those of a crop in its picture, and RTMO's, laid over a box."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .bins import SimCCBins
from .rebin import rebin
from .target import SimCCTarget


class Frame(NamedTuple):
    """Where the bins of N people's rows lie in their pictures: bin ``i`` at ``start + step * i``.

    Args:
        start: Pixels along x and y, ``[N, 2]``.
        step: Pixels, ``[N]``.
    """

    start: Tensor
    step: Tensor

    @classmethod
    def of_crops(cls, centers: Tensor, heights: Tensor, bins: SimCCBins) -> Frame:
        """Of upright crops.

        Args:
            centers: What their middles show, pixels of the picture, ``[N, 2]``.
            heights: Of the crops, pixels of the picture, ``[N]``.
            bins: Over a crop.
        """
        scale = heights / bins.input_size[1]
        middle = torch.tensor(bins.input_size, device=scale.device) / 2
        return cls(centers - middle * scale[:, None], scale / bins.split_ratio)

    def places(self, target: SimCCTarget) -> Tensor:
        """Where a target of these people has its peaks, ``[N, K, 2]``, pixels of the picture."""
        peaks = torch.stack([rows.argmax(-1) for rows in target.axes], -1)
        return self.start[:, None] + peaks * self.step[:, None, None]


class DynamicBins(NamedTuple):
    """``num`` places from one edge of a person's box to the other, the edges among them, as RTMO has them.

    Args:
        center: Of P boxes, pixels of the picture, ``[P, 2]``.
        size: Width and height of the boxes, ``[P, 2]``.
        num: Of the bins along x and y.

    Source:
        Lu et al., RTMO, https://arxiv.org/abs/2312.07526, section 3.2.
    """

    center: Tensor
    size: Tensor
    num: tuple[int, int]

    def places(self, axis: int) -> Tensor:
        """Where the bins lie along x (0) or y (1), ``[P, num]``."""
        share = torch.linspace(-0.5, 0.5, self.num[axis], device=self.center.device)
        return self.center[:, axis, None] + share * self.size[:, axis, None]

    def expected(self, target: SimCCTarget) -> Tensor:
        """What RTMO takes to be the place of each keypoint: the mean, ``[P, K, 2]``, pixels of the picture."""
        means = [(rows * self.places(axis)[:, None]).sum(-1) for axis, rows in enumerate(target.axes)]
        return torch.stack(means, -1)

    def take(self, target: SimCCTarget, frame: Frame, people: Tensor) -> SimCCTarget:
        """What is said of people, in these bins.

        Args:
            target: Of N people.
            frame: Where its bins lie.
            people: Whose box each one is, ``[P]``.

        Returns:
            Of P boxes; the weight is multiplied by the share of the mass that lies inside the bins.
        """
        start, step, found = frame.start[people], frame.step[people], []
        for axis, (rows, num) in enumerate(zip(target.axes, self.num, strict=True)):
            first = self.center[:, axis] - self.size[:, axis] / 2
            width = self.size[:, axis] / (num - 1)
            found.append(rebin(rows[people], (first - start[:, axis]) / step, width / step, num))
        return SimCCTarget.from_mass(*found).scaled(target.weight[people])


def without_tail(target: SimCCTarget, share: float) -> SimCCTarget:
    """The same target without bins that have less than a share of their row's largest probability.

    What a softmax of labels leaves far from the place does not move the largest bin, but the mean of all.
    """
    rows = []
    for axis in target.axes:
        kept = torch.where(axis >= share * axis.amax(-1, keepdim=True), axis, 0.0)
        rows.append(kept / kept.sum(-1, keepdim=True))
    return SimCCTarget(*rows, target.weight)
