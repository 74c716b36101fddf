"""From images normalised for the student to images normalised for a teacher."""

from __future__ import annotations

import torch
from torch import Tensor

from .pixels import PixelFormat


class Renormalisation:
    """Undoes the student's normalisation and applies the teacher's: order of channels, mean and std.

    Args:
        student: What the images are normalised to.
        teacher: What the teacher was trained with.
    """

    def __init__(self, student: PixelFormat, teacher: PixelFormat) -> None:
        self.swaps_channels = student.channels != teacher.channels
        (mean, std), (own_mean, own_std) = _statistics(student), _statistics(teacher)
        if self.swaps_channels:
            mean, std = mean.flip(0), std.flip(0)
        # teacher = (student * std + mean - own_mean) / own_std
        self.scale, self.shift = std / own_std, (mean - own_mean) / own_std  # [C, 1, 1]
        self.rescales = not (torch.equal(mean, own_mean) and torch.equal(std, own_std))
        self.black = -own_mean / own_std  # [C, 1, 1]

    def __call__(self, images: Tensor) -> Tensor:
        """Converts images ``[B, 3, h, w]``."""
        if self.black.device != images.device:  # once: a copy at every step would make the device wait
            self.scale, self.shift, self.black = (v.to(images.device) for v in (self.scale, self.shift, self.black))
        if self.swaps_channels:
            images = images.flip(1)
        if not self.rescales:
            return images
        return images * self.scale + self.shift


def _statistics(pixels: PixelFormat) -> tuple[Tensor, Tensor]:
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (pixels.mean, pixels.std))
    return mean, std
