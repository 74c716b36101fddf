"""What a network's raw output means, described plainly: one class per kind, whatever framework it comes from.

Each says how its keypoints are picked out of a raw output, which is a tensor or a tuple of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from unipose.simcc import constant

CODINGS = ('plain', 'udp', 'centred')


@dataclass(frozen=True)
class Output:
    """A kind of raw output.

    Attributes:
        kind: What a teacher's entry calls it.
        roles: What its tensors are called there, in order; the first is always there.
    """

    kind: ClassVar[str]
    roles: ClassVar[tuple[str, ...]]

    @property
    def udp(self) -> bool:
        """Whether it is that of a network trained on UDP crops, see :class:`unipose.simcc.Window`."""
        return False

    def select(self, raw: Any, indices: Sequence[int]) -> Any:
        """The raw output of some of the keypoints."""
        if isinstance(raw, Tensor):
            return raw[:, constant(indices, raw.device)]
        return type(raw)(None if part is None else self.select(part, indices) for part in raw)


@dataclass(frozen=True)
class SimCCOutput(Output):
    """SimCC logits along x ``[B, K, Wx]`` and y ``[B, K, Wy]``.

    Args:
        split_ratio: Bins per pixel of the input.
        sigma: Standard deviation of the Gaussian labels it was trained on, bins, for x and y.
        beta: Factor before the logits in the softmax.
        label_beta: Factor before the labels in theirs; None of labels that were normalised instead.
    """

    kind: ClassVar[str] = 'simcc'
    roles: ClassVar[tuple[str, ...]] = ('simcc_x', 'simcc_y')
    split_ratio: float
    sigma: tuple[float, float]
    beta: float = 10.0
    label_beta: float | None = 10.0


@dataclass(frozen=True)
class HeatmapOutput(Output):
    """Gaussian heatmaps ``[B, K, H, W]``, trained with a squared error; of several stages, the last counts.

    Args:
        sigma: Standard deviation of the Gaussians that the model was trained on, heatmap pixels.
        peak: Value of a perfect label.
        coding: Where pixel ``i`` of the heatmap lies on the input: ``'plain'`` (MSRA) at ``i * input / heatmap``,
            ``'udp'`` at ``i * (input - 1) / (heatmap - 1)``, ``'centred'`` (Megvii) at ``(i + 0.5) * input / heatmap``.

    Raises:
        ValueError: If a number is not positive, or there is no such coding.
    """

    kind: ClassVar[str] = 'heatmaps'
    roles: ClassVar[tuple[str, ...]] = ('heatmaps',)
    sigma: float
    peak: float = 1.0
    coding: str = 'plain'

    def __post_init__(self) -> None:
        numbers = all(type(value) in (int, float) and 0 < value < math.inf for value in (self.sigma, self.peak))
        if not (numbers and self.coding in CODINGS):
            raise ValueError(
                f'Gaussian heatmaps have sigma and peak above 0 and a coding among {CODINGS}. Got: {self.sigma}, '
                f'{self.peak}, {self.coding!r}'
            )

    @property
    def udp(self) -> bool:
        """Whether heatmaps are coded as of UDP crops."""
        return self.coding == 'udp'

    def select(self, raw: Any, indices: Sequence[int]) -> Tensor:
        """The last stage's heatmaps of some of the keypoints."""
        maps = self.last(raw)
        return maps[:, constant(indices, maps.device)]

    @staticmethod
    def last(raw: Any) -> Tensor:
        """The heatmaps of the last stage."""
        return raw if isinstance(raw, Tensor) else raw[-1]

    def steps(self, input_size: tuple[int, int], heatmap_size: tuple[int, int]) -> list[tuple[float, float]]:
        """``(step, first)`` along x and y: the input's pixel at heatmap pixel ``i`` is ``step * i + first``."""
        if self.coding == 'udp':
            return [((i - 1) / (h - 1), 0.0) for i, h in zip(input_size, heatmap_size, strict=True)]
        half = 0.5 if self.coding == 'centred' else 0.0
        return [(i / h, half * i / h) for i, h in zip(input_size, heatmap_size, strict=True)]


@dataclass(frozen=True)
class ScoreMapOutput(Output):
    """Score maps ``[B, K, H, W]`` in [0, 1], such as MoveNet's, and offsets ``[B, 2 * K, H, W]`` or None.

    A score says that a keypoint is detected here, as of a detector trained with a focal loss: it is no average of
    Gaussian labels, and its volume means nothing. Offsets are in cells, y and x of each keypoint in turn, and count at
    the peak's cell. Cell ``i`` lies at ``(i + offset) * input / cells`` of the input.
    """

    kind: ClassVar[str] = 'score_maps'
    roles: ClassVar[tuple[str, ...]] = ('heatmaps', 'offsets')

    def select(self, raw: Any, indices: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """The maps and offsets of some of the keypoints."""
        maps, offsets = raw
        pairs = [2 * index + axis for index in indices for axis in (0, 1)]
        maps = maps[:, constant(indices, maps.device)]
        return maps, None if offsets is None else offsets[:, constant(pairs, offsets.device)]


@dataclass(frozen=True)
class CoordinateOutput(Output):
    """Coordinates ``[B, K, 2]``, xy, with scores ``[B, K]`` or None and sigmas ``[B, K, 2]`` or None.

    Args:
        unit: ``'input'``: 1 is the side of the input, as MMPose's RegressionLabel has it; ``'pixels'`` of the input.
        distribution: What the sigmas are of, in the same unit: ``'laplace'`` (its scale) or ``'gaussian'``.

    Raises:
        ValueError: If there is no such unit or distribution.
    """

    kind: ClassVar[str] = 'coordinates'
    roles: ClassVar[tuple[str, ...]] = ('keypoints', 'scores', 'sigmas')
    unit: str = 'input'
    distribution: str = 'laplace'

    def __post_init__(self) -> None:
        if self.unit not in ('input', 'pixels') or self.distribution not in ('laplace', 'gaussian'):
            raise ValueError(
                "coordinates are in units of the 'input' or in 'pixels', their sigmas of a 'laplace' or 'gaussian' "
                f'distribution. Got: {self.unit!r} and {self.distribution!r}'
            )


OUTPUTS = {cls.kind: cls for cls in (SimCCOutput, HeatmapOutput, ScoreMapOutput, CoordinateOutput)}


def rtmpose_sigma(input_size: tuple[int, int]) -> tuple[float, float]:
    """Sigmas of the labels that RTMPose is trained on, bins of half a pixel: the published configs' for every input.

    >>> [round(sigma, 2) for sigma in rtmpose_sigma((192, 256))]
    [4.9, 5.66]
    """
    x, y = ((side / 8) ** 0.5 for side in input_size)
    return x, y
