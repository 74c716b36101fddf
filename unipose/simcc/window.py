"""The canvas that a sample is cropped to, and the centred windows of it that each model sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from .persons import Persons
from .placement import Placement, Size

if TYPE_CHECKING:
    from .padded_window import PaddedWindow


@dataclass(frozen=True)
class Window:
    """What one model sees: a centred window of the canvas, resized only where the model has another pixel scale.

    Args:
        size: Width and height of the window, canvas pixels.
        input_size: Width and height of the model's input.
        udp: Whether the model was trained on UDP crops, whose first and last pixels lie on the edges of the window.

    Raises:
        ValueError: If the sizes have different aspect ratios: the model would see stretched people.

    Source:
        UDP, https://arxiv.org/abs/1911.07524; MMPose's ``TopdownAffine(use_udp=True)``.
    """

    size: Size
    input_size: Size
    udp: bool = False

    def __post_init__(self) -> None:
        (width, height), (input_w, input_h) = self.size, self.input_size
        if min(*self.size, *self.input_size) <= 0:
            raise ValueError(f'sizes must be positive. Got: size {self.size}, input_size {self.input_size}')
        if width * input_h != height * input_w:
            raise ValueError(
                f'a window of {width}x{height} fits an input of {input_w}x{input_h} only by stretching; '
                'give a window with the aspect ratio of the input'
            )

    def place(self, canvas: Canvas, persons: Persons | None = None) -> Placement:
        """Where its input lies on a canvas, the same for everybody."""
        left, top = canvas.offset(self)
        sides = zip(self.size, self.input_size, strict=True)
        steps = [outer / (side - self.udp) for outer, side in sides]
        # of a resized input, pixel centres lie where align_corners=False puts them; of a UDP crop, on the edges
        starts = [start + (0.0 if self.udp else 0.5 * step - 0.5) for start, step in zip((left, top), steps)]
        whole = None if self.udp else (left, top, *self.size)
        return Placement(canvas.size, self.input_size, tuple(zip(steps, starts)), whole)

    @classmethod
    def finer(cls, input_size: Size, scale: float = 1.0) -> Window:
        """What a student sees of a canvas with ``scale`` pixels per pixel of its own input.

        Raises:
            ValueError: If that is no whole-pixel window, or the canvas would be coarser than the input.
        """
        if not isinstance(scale, int | float) or not 1 <= scale < 100:
            raise ValueError(f'canvas_scale is a number of at least 1 and below 100. Got: {scale!r}')
        size = tuple(round(scale * side) for side in input_size)
        if any(abs(scale * side - whole) > 1e-6 for side, whole in zip(input_size, size, strict=True)):
            raise ValueError(
                f'an input of {input_size[0]}x{input_size[1]} must be a whole number of canvas pixels. Got: '
                f'canvas_scale {scale}'
            )
        return cls(size, tuple(input_size))

    @classmethod
    def at_scale_of(cls, student: Window, input_size: Size, udp: bool = False) -> Window:
        """The window as high as the student's: the same people at the same height.

        Raises:
            ValueError: If its width would not be a whole number of pixels.
        """
        width, height = input_size
        window_w, rest = divmod(student.size[1] * width, height)
        if rest:
            raise ValueError(
                f'an input of {width}x{height} has no whole-pixel window as high as the student ({student.size[1]}); '
                'say which window of the canvas this teacher sees, window=dict(size=..., input_size=...)'
            )
        return cls((window_w, student.size[1]), (width, height), udp)


@dataclass(frozen=True)
class Canvas:
    """The crop that holds every window of a sample, at the student's pixel scale and around the same centre.

    Args:
        size: Width and height, pixels.
    """

    size: Size

    @classmethod
    def around(cls, student: Window, *windows: Window) -> Canvas:
        """The smallest canvas that holds the student's window and all others as centred windows on whole pixels.

        Raises:
            ValueError: If a window and the student's differ by an odd number of pixels.
        """
        size = tuple(max(window.size[axis] for window in (student, *windows)) for axis in (0, 1))
        canvas = cls(size)
        for window in (student, *windows):
            canvas.offset(window)
        return canvas

    def offset(self, window: Window) -> Size:
        """Left and top canvas column and row of a window.

        Raises:
            ValueError: If the window does not fit, or its centre is not the canvas's centre in whole pixels.
        """
        margins = [outer - inner for outer, inner in zip(self.size, window.size, strict=True)]
        if min(margins) < 0 or any(margin % 2 for margin in margins):
            raise ValueError(
                f'a window of {window.size[0]}x{window.size[1]} is not a centred whole-pixel window of a canvas of '
                f'{self.size[0]}x{self.size[1]}; the canvas must be larger by an even number of pixels'
            )
        return margins[0] // 2, margins[1] // 2

    def extract(self, canvas: Tensor, window: Window | PaddedWindow, persons: Persons | None = None) -> Tensor:
        """Cuts a window out of a batch of canvases.

        Args:
            canvas: ``[B, C, Hc, Wc]``.
            window: What to cut.
            persons: Whom the canvases show; a :class:`PaddedWindow` needs to know.

        Returns:
            ``[B, C, h, w]`` of the window's input size.

        Raises:
            ValueError: If the batch has another size than this canvas.
        """
        return window.place(self, persons).extract(canvas)

    def map_axis(self, src: Window, dst: Window, axis: int) -> tuple[float, float]:
        """How coordinates of one window's input are found in another's, along one axis.

        Args:
            src: Window whose coordinates are wanted.
            dst: Window whose coordinates are given.
            axis: 0 for x, 1 for y.

        Returns:
            ``(scale, shift)`` with ``src_coordinate = scale * dst_coordinate + shift``, pixels. A resized window has
            its pixel centres where ``align_corners=False`` puts them.
        """
        return src.place(self).of(dst.place(self))[axis]
