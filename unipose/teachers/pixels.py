"""How a network wants its pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.model import ImgDataPreprocessor
from torch import nn

CHANNELS = ('RGB', 'BGR')


@dataclass(frozen=True)
class PixelFormat:
    """Pixels as ``(grey level - mean) / std``, grey levels being 0 to 255, in some order of channels.

    Args:
        channels: ``'RGB'`` or ``'BGR'``.
        mean: Of each channel, in that order.
        std: Of each channel, in that order.

    Raises:
        ValueError: If it is no such thing; all problems at once.
    """

    channels: str = 'RGB'
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        problems = []
        if self.channels not in CHANNELS:
            problems.append(f'channels must be one of {CHANNELS}. Got: {self.channels!r}')
        if not all(_are_three(values) for values in (self.mean, self.std)) or min(self.std) <= 0:
            problems.append(
                f'mean and std must be three numbers each, of grey levels 0 to 255, std above 0. Got: {self.mean!r} '
                f'and {self.std!r}'
            )
        if problems:
            raise ValueError('a pixel format is not valid:\n  - ' + '\n  - '.join(problems))

    @classmethod
    def of_preprocessor(cls, preprocessor: nn.Module, who: str) -> PixelFormat:
        """What a data preprocessor of MMEngine's makes of images, which are loaded as BGR.

        Args:
            preprocessor: The data preprocessor; without mean and std it leaves grey levels as they are.
            who: Whose it is, for the message.

        Raises:
            ValueError: If it is no image preprocessor, so that nothing says what its model takes.
        """
        if not isinstance(preprocessor, ImgDataPreprocessor):
            raise ValueError(
                f'{who} has a {type(preprocessor).__name__}, which does not say how its images are normalised; '
                "give its config data_preprocessor=dict(type='PoseDataPreprocessor', mean=..., std=..., "
                'bgr_to_rgb=...), without mean and std if it takes grey levels'
            )
        channels = 'RGB' if preprocessor._channel_conversion else 'BGR'
        if not preprocessor._enable_normalize:
            return cls(channels)
        mean, std = (getattr(preprocessor, name).flatten().expand(3).tolist() for name in ('mean', 'std'))
        return cls(channels, tuple(mean), tuple(std))

    @classmethod
    def of_entry(cls, pixels: Mapping[str, Any], where: str) -> PixelFormat:
        """What a teacher's entry says.

        Args:
            pixels: ``channels`` (default RGB), and either ``range=(low, high)``, what black and white become, or
                ``mean`` and ``std`` of grey levels 0 to 255.
            where: Whose entry it is, for the message.

        Raises:
            ValueError: If it says something else.
        """
        example = "pixels=dict(channels='RGB', range=(-1, 1)), or mean=... and std=... in place of the range"
        known = {'channels', 'range', 'mean', 'std'}
        if not isinstance(pixels, Mapping) or set(pixels) - known or ('mean' in pixels) != ('std' in pixels):
            raise ValueError(f'{where}: say how its pixels are: {example}. Got: {pixels!r}')
        if ('range' in pixels) == ('mean' in pixels):
            raise ValueError(f'{where}: its pixels have a range, or mean and std: {example}. Got: {dict(pixels)}')
        mean, std = pixels.get('mean'), pixels.get('std')
        if 'range' in pixels:
            ends = pixels['range']
            if not (_are_numbers(ends) and len(ends) == 2 and ends[0] < ends[1]):
                raise ValueError(f'{where}: a range of pixels is what black and white become: {example}. Got: {ends!r}')
            low, high = map(float, ends)
            std = [255.0 / (high - low)] * 3
            mean = [-low * std[0]] * 3
        if not (isinstance(mean, Sequence) and isinstance(std, Sequence)):
            raise ValueError(f'{where}: mean and std are three numbers each: {example}. Got: {mean!r} and {std!r}')
        if 'std' in pixels and _are_three(mean) and _are_three(std) and 0 < max(std) < 1 and max(map(abs, mean)) <= 1:
            raise ValueError(
                f'{where}: mean and std are of grey levels 0 to 255, and these look like those of 0 to 1: multiply '
                f'them by 255. Got: {mean!r} and {std!r}'
            )
        try:
            return cls(pixels.get('channels', 'RGB'), tuple(mean), tuple(std))
        except (ValueError, TypeError) as error:
            raise ValueError(f'{where}: {error}') from None


def _are_numbers(values: Any) -> bool:
    return isinstance(values, Sequence) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) for value in values
    )


def _are_three(values: Any) -> bool:
    return _are_numbers(values) and len(values) == 3
