"""Adapter for teachers that predict where keypoints are detected, with a score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from mmpose.registry import MODELS
from torch import Tensor

from unipose.simcc import Axis, Persons, SimCCTarget
from unipose.teachers.outputs import ScoreMapOutput

from .adapter import Adapter


@MODELS.register_module()
class ScoreMapAdapter(Adapter):
    """MoveNet: a label at the highest score's cell plus its offset.

    A score map sees everybody in the crop, so the peak is looked for inside the person's own box. The confidence is its
    height; the label is as wide as ``spread`` says, which a calibration measures for each confidence.

    Args:
        *args: See :class:`Adapter`.
        box_factor: What the box's width and height are multiplied by; 0 looks everywhere.
        **kwargs: See :class:`Adapter`.

    Source:
        CenterNet, https://arxiv.org/abs/1904.07850, which MoveNet's heads are those of.
    """

    reads: ClassVar[type] = ScoreMapOutput
    output: ScoreMapOutput

    def __init__(self, *args: Any, box_factor: float = 1.1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not isinstance(box_factor, int | float) or isinstance(box_factor, bool) or not box_factor >= 0:
            raise ValueError(f'box_factor must be a number, at least 0. Got: {box_factor!r}')
        self.box_factor = box_factor

    def __call__(
        self, raw: tuple[Tensor, Tensor | None], axes: Sequence[Axis], persons: Persons | None = None
    ) -> tuple[SimCCTarget, Tensor]:
        """Converts a batch of score maps, see :class:`unipose.teachers.outputs.ScoreMapOutput`.

        Raises:
            ValueError: If the batch does not say whom it shows.
        """
        maps, offsets = raw[0].float(), raw[1]
        height, width = maps.shape[-2:]
        steps = [side / cells for side, cells in zip(self.input_size, (width, height), strict=True)]
        if self.box_factor:
            maps = maps * self._inside(axes, steps, (width, height), persons, maps)[:, None]
        peaks, cells = maps.flatten(2).max(-1)  # [B, K]
        places = [cells % width, cells // width]
        if offsets is not None:
            batch, keypoints = peaks.shape
            pairs = offsets.float().reshape(batch, keypoints, 2, -1)  # y, x
            found = pairs.gather(-1, cells[:, :, None, None].expand(-1, -1, 2, 1))[..., 0]
            places = [places[0] + found[..., 1], places[1] + found[..., 0]]
        spread, rows = self.spread(peaks) * self.bins.split_ratio, []
        for axis, ((gain, start), step) in enumerate(zip(self.to_bins(axes, 2), steps, strict=True)):
            label, inside = self.bins.labels_at(gain * (step * places[axis]) + start, axis, spread)
            rows.append(label * inside[..., None])
        return SimCCTarget.from_mass(*rows), peaks

    def _inside(
        self,
        axes: Sequence[Axis],
        steps: Sequence[float],
        cells: tuple[int, int],
        persons: Persons | None,
        maps: Tensor,
    ) -> Tensor:
        """Which cells lie inside each person's box, ``[B, H, W]``."""
        if persons is None:
            raise ValueError(
                'a teacher with score maps sees everybody in a crop, and looks for peaks in the box of the person that '
                'it is about, which CanvasAffine and PackUnifiedInputs write down; crop with them, or give the '
                'teacher adapter=dict(box_factor=0)'
            )
        places = []
        for (gain, start), step, count in zip(self.to_bins(axes, 2), steps, cells, strict=True):
            own = step * torch.arange(count, device=maps.device)  # pixels of the teacher's input
            places.append(((gain * own + start) / self.bins.split_ratio).reshape(-1, count))  # the student's
        x, y = places
        batch = max(len(x), len(y))
        grid = torch.stack(
            [x[:, None, :].expand(batch, cells[1], -1), y[:, :, None].expand(batch, -1, cells[0])], -1
        )  # [B or 1, H, W, 2]
        return persons.inside(grid, self.box_factor)
