"""The canvas that a sample is cropped to, and the centred windows of it that each model sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from .persons import Persons
from .placement import Placement, Size

if TYPE_CHECKING:
    from .padded_view import PaddedView


@dataclass(frozen=True)
class View:
    """What one model sees: a centred window of the canvas, resized only where the model has another pixel scale.

    Args:
        window: Width and height of the window, canvas pixels.
        input_size: Width and height of the model's input.
        udp: Whether the model was trained on UDP crops, whose first and last pixels lie on the edges of the window.

    Raises:
        ValueError: If the sizes have different aspect ratios: the model would see stretched people.

    Source:
        UDP, https://arxiv.org/abs/1911.07524; MMPose's ``TopdownAffine(use_udp=True)``.
    """

    window: Size
    input_size: Size
    udp: bool = False

    def __post_init__(self) -> None:
        (window_w, window_h), (input_w, input_h) = self.window, self.input_size
        if min(*self.window, *self.input_size) <= 0:
            raise ValueError(f'sizes must be positive. Got: window {self.window}, input_size {self.input_size}')
        if window_w * input_h != window_h * input_w:
            raise ValueError(
                f'a window of {window_w}x{window_h} fits an input of {input_w}x{input_h} only by stretching; '
                'give a window with the aspect ratio of the input'
            )

    def place(self, canvas: Canvas, persons: Persons | None = None) -> Placement:
        """Where its input lies on a canvas, the same for everybody."""
        left, top = canvas.offset(self)
        sides = zip(self.window, self.input_size, strict=True)
        steps = [window / (side - self.udp) for window, side in sides]
        # of a resized input, pixel centres lie where align_corners=False puts them; of a UDP crop, on the edges
        starts = [start + (0.0 if self.udp else 0.5 * step - 0.5) for start, step in zip((left, top), steps)]
        whole = None if self.udp else (left, top, *self.window)
        return Placement(canvas.size, self.input_size, tuple(zip(steps, starts)), whole)

    @classmethod
    def finer(cls, input_size: Size, scale: float = 1.0) -> View:
        """What a student sees of a canvas with ``scale`` pixels per pixel of its own input.

        Raises:
            ValueError: If that is no whole-pixel window, or the canvas would be coarser than the input.
        """
        if not isinstance(scale, int | float) or not 1 <= scale < 100:
            raise ValueError(f'canvas_scale is a number of at least 1 and below 100. Got: {scale!r}')
        window = tuple(round(scale * side) for side in input_size)
        if any(abs(scale * side - whole) > 1e-6 for side, whole in zip(input_size, window, strict=True)):
            raise ValueError(
                f'an input of {input_size[0]}x{input_size[1]} must be a whole number of canvas pixels. Got: '
                f'canvas_scale {scale}'
            )
        return cls(window, tuple(input_size))

    @classmethod
    def at_scale_of(cls, student: View, input_size: Size, udp: bool = False) -> View:
        """The window as high as the student's: the same people at the same height.

        Raises:
            ValueError: If its width would not be a whole number of pixels.
        """
        width, height = input_size
        window_w, rest = divmod(student.window[1] * width, height)
        if rest:
            raise ValueError(
                f'an input of {width}x{height} has no whole-pixel window as high as the student ({student.window[1]}); '
                'say which window of the canvas this teacher sees, view=dict(input_size=..., window=...)'
            )
        return cls((window_w, student.window[1]), (width, height), udp)


@dataclass(frozen=True)
class Canvas:
    """The crop that holds every view of a sample, at the student's pixel scale and around the same centre.

    Args:
        size: Width and height, pixels.
    """

    size: Size

    @classmethod
    def around(cls, student: View, *views: View) -> Canvas:
        """The smallest canvas that holds the student's view and all others as centred windows on whole pixels.

        Raises:
            ValueError: If a window and the student's differ by an odd number of pixels.
        """
        size = tuple(max(view.window[axis] for view in (student, *views)) for axis in (0, 1))
        canvas = cls(size)
        for view in (student, *views):
            canvas.offset(view)
        return canvas

    def offset(self, view: View) -> Size:
        """Left and top canvas column and row of a view.

        Raises:
            ValueError: If the view does not fit, or its centre is not the canvas's centre in whole pixels.
        """
        margins = [outer - inner for outer, inner in zip(self.size, view.window, strict=True)]
        if min(margins) < 0 or any(margin % 2 for margin in margins):
            raise ValueError(
                f'a window of {view.window[0]}x{view.window[1]} is not a centred whole-pixel window of a canvas of '
                f'{self.size[0]}x{self.size[1]}; the canvas must be larger by an even number of pixels'
            )
        return margins[0] // 2, margins[1] // 2

    def extract(self, canvas: Tensor, view: View | PaddedView, persons: Persons | None = None) -> Tensor:
        """Cuts a view out of a batch of canvases.

        Args:
            canvas: ``[B, C, Hc, Wc]``.
            view: What to cut.
            persons: Whom the canvases show; a :class:`PaddedView` needs to know.

        Returns:
            ``[B, C, h, w]`` of the view's input size.

        Raises:
            ValueError: If the batch has another size than this canvas.
        """
        return view.place(self, persons).extract(canvas)

    def map_axis(self, src: View, dst: View, axis: int) -> tuple[float, float]:
        """How coordinates of one view's input are found in another's, along one axis.

        Args:
            src: View whose coordinates are wanted.
            dst: View whose coordinates are given.
            axis: 0 for x, 1 for y.

        Returns:
            ``(scale, shift)`` with ``src_coordinate = scale * dst_coordinate + shift``, pixels. A resized view has
            its pixel centres where ``align_corners=False`` puts them.
        """
        return src.place(self).of(dst.place(self))[axis]
