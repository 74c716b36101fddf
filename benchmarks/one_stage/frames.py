"""From a crop around a person to the picture that it is cut from, and into bins of the picture's people."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from unipose.simcc import SimCCBins, SimCCTarget, rebin


class Crops(NamedTuple):
    """Where crops around people lie in pictures, without turning.

    Args:
        picture: Which picture of the batch each of N people is in, ``[N]``.
        centre: What the middle of the crop shows, pixels of the picture, ``[N, 2]``.
        height: Of the crop, pixels of the picture, ``[N]``.
    """

    picture: Tensor
    centre: Tensor
    height: Tensor

    def cut(self, pictures: Tensor, size: tuple[int, int]) -> Tensor:
        """The crops, read as ``cv2.warpAffine`` does: linearly, with zeros outside.

        Args:
            pictures: ``[B, C, H, W]``.
            size: Width and height of a crop.

        Returns:
            ``[N, C, *size[::-1]]``.
        """
        scale, axes = self.height / size[1], []
        for axis, (count, side) in enumerate(zip(size, (pictures.shape[-1], pictures.shape[-2]), strict=True)):
            from_middle = torch.arange(count, device=pictures.device) - count / 2  # as MMPose's warps have it
            places = self.centre[:, axis, None] + from_middle * scale[:, None]  # [N, count]
            axes.append((2 * places + 1) / side - 1)  # the edges of the outer pixels lie at -1 and 1
        x, y = axes
        grid = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), -1)
        return grid_sample(pictures[self.picture], grid, 'bilinear', 'zeros', align_corners=False)

    def frame(self, bins: SimCCBins) -> Frame:
        """Where a crop's bins lie in its picture."""
        width, height = bins.input_size
        scale = self.height / height
        middle = torch.tensor([width / 2, height / 2], device=scale.device)
        return Frame(self.centre - middle * scale[:, None], scale / bins.split_ratio)


class Frame(NamedTuple):
    """Where the bins of N people's rows lie in their pictures: bin ``i`` at ``start + step * i``.

    Args:
        start: Pixels along x and y, ``[N, 2]``.
        step: Pixels, ``[N]``.
    """

    start: Tensor
    step: Tensor


class Bins(NamedTuple):
    """RTMO's dynamic bins: ``num`` places from one edge of a box to the other, the edges among them.

    Args:
        centre: Of P boxes, pixels of the picture, ``[P, 2]``.
        size: Width and height of the boxes, ``[P, 2]``.
        num: Of the bins along x and y.
    """

    centre: Tensor
    size: Tensor
    num: tuple[int, int]

    def places(self, axis: int) -> Tensor:
        """Where the bins lie along x (0) or y (1), ``[P, num]``."""
        share = torch.linspace(-0.5, 0.5, self.num[axis], device=self.centre.device)
        return self.centre[:, axis, None] + share * self.size[:, axis, None]

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
            first = self.centre[:, axis] - self.size[:, axis] / 2
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
