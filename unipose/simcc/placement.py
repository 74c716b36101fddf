"""Where a model's input lies on the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from .resample import enlarge, resample

Size = tuple[int, int]
Axis = tuple[float | Tensor, float | Tensor]
"""``(scale, shift)`` of coordinates along an axis, numbers or ``[B]``."""


@dataclass(frozen=True)
class Placement:
    """Where pixels of a model's input lie on the canvas: ``canvas = step * input + start`` along each axis.

    Args:
        canvas_size: Width and height of the canvas.
        input_size: Width and height of the input.
        axes: ``(step, start)`` along x and y, numbers or ``[B]``.
        whole: Left, top, width and height, where the input is a window of whole pixels.
    """

    targets_version: ClassVar[int] = 1
    """Raised with every change of where windows lie or how they are cut, see :class:`unipose.caching.TargetStore`."""

    canvas_size: Size
    input_size: Size
    axes: tuple[Axis, ...]
    whole: tuple[int, int, int, int] | None = None

    def extract(self, canvas: Tensor) -> Tensor:
        """Cuts the inputs out of a batch of canvases.

        Args:
            canvas: ``[B, C, Hc, Wc]``.

        Returns:
            ``[B, C, h, w]`` of the model's input size.

        Raises:
            ValueError: If the batch has another size than the canvas.
        """
        if tuple(canvas.shape[-2:]) != self.canvas_size[::-1]:
            raise ValueError(
                f'the windows need a canvas of {self.canvas_size[0]}x{self.canvas_size[1]}. Got: '
                f'{canvas.shape[-1]}x{canvas.shape[-2]}; set canvas_size of CanvasAffine in the training pipeline to it'
            )
        if self.whole is None:
            if self._enlarges:
                return enlarge(canvas, self.axes, self.input_size)
            for axis in (1, 0):
                canvas = resample(canvas, -1 - axis, *self.axes[axis], self.input_size[axis])
            return canvas
        left, top, width, height = self.whole
        window = canvas[..., top : top + height, left : left + width]
        if (width, height) == self.input_size:
            return window
        return interpolate(window, size=self.input_size[::-1], mode='bilinear', antialias=True, align_corners=False)

    @property
    def _enlarges(self) -> bool:
        """Whether no image is shrunk, as far as that is known without waiting for a GPU."""
        steps = [torch.as_tensor(step) for step, _ in self.axes]
        return all(step.device.type == 'cpu' and bool(step.max() <= 1) for step in steps)

    def of(self, other: Placement) -> tuple[Axis, Axis]:
        """How coordinates of this input are found from another's, along x and y.

        Returns:
            ``(scale, shift)`` with ``coordinate = scale * other_coordinate + shift``, pixels.
        """
        x, y = (
            (other_step / step, (other_start - start) / step)
            for (step, start), (other_step, other_start) in zip(self.axes, other.axes, strict=True)
        )
        return x, y
