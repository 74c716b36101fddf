"""From images normalised for the student to images normalised for a teacher."""

from __future__ import annotations

import torch
from mmengine.model import ImgDataPreprocessor
from torch import Tensor, nn


class Renormalisation:
    """Undoes the student's normalisation and applies the teacher's: order of channels, mean and std.

    A data preprocessor without mean and std leaves grey levels, 0 to 255, as they are.

    Args:
        student: Data preprocessor that has normalised the images.
        teacher: Data preprocessor that the teacher was trained with.
        name: The teacher's name, for messages.

    Raises:
        ValueError: If one of them is no image preprocessor, so that nothing says what its model takes.
    """

    def __init__(self, student: nn.Module, teacher: nn.Module, name: str = '') -> None:
        for who, preprocessor in (('the student', student), (f'teacher {name!r}', teacher)):
            if not isinstance(preprocessor, ImgDataPreprocessor):
                raise ValueError(
                    f'{who} has a {type(preprocessor).__name__}, which does not say how its images are normalised; '
                    "give its config data_preprocessor=dict(type='PoseDataPreprocessor', mean=..., std=..., "
                    'bgr_to_rgb=...), without mean and std if it takes grey levels'
                )
        self.swaps_channels = student._channel_conversion != teacher._channel_conversion
        (mean, std), (own_mean, own_std) = _statistics(student), _statistics(teacher)
        if self.swaps_channels:
            mean, std = mean.flip(0), std.flip(0)
        # teacher = (student * std + mean - own_mean) / own_std
        self.scale, self.shift = std / own_std, (mean - own_mean) / own_std  # [C, 1, 1]
        self.rescales = not (torch.equal(mean, own_mean) and torch.equal(std, own_std))

    def __call__(self, images: Tensor) -> Tensor:
        """Converts images ``[B, 3, h, w]``."""
        if self.swaps_channels:
            images = images.flip(1)
        if not self.rescales:
            return images
        if self.scale.device != images.device:  # once: a copy at every step would make the device wait
            self.scale, self.shift = self.scale.to(images.device), self.shift.to(images.device)
        return images * self.scale + self.shift


def _statistics(preprocessor: ImgDataPreprocessor) -> tuple[Tensor, Tensor]:
    if preprocessor._enable_normalize:
        return preprocessor.mean.cpu(), preprocessor.std.cpu()
    return torch.zeros(3, 1, 1), torch.ones(3, 1, 1)
