"""The canvas that a sample is cropped to, and the centred windows of it that each model sees."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import interpolate

Size = tuple[int, int]


@dataclass(frozen=True)
class View:
    """What one model sees: a centred window of the canvas, resized only where the model has another pixel scale.

    Args:
        window: Width and height of the window, canvas pixels.
        input_size: Width and height of the model's input.

    Raises:
        ValueError: If the sizes have different aspect ratios: the model would see stretched people.
    """

    window: Size
    input_size: Size

    def __post_init__(self) -> None:
        (window_w, window_h), (input_w, input_h) = self.window, self.input_size
        if min(*self.window, *self.input_size) <= 0:
            raise ValueError(f'sizes must be positive. Got: window {self.window}, input_size {self.input_size}')
        if window_w * input_h != window_h * input_w:
            raise ValueError(
                f'a window of {window_w}x{window_h} fits an input of {input_w}x{input_h} only by stretching; '
                'give a window with the aspect ratio of the input'
            )

    @classmethod
    def at_scale_of(cls, student: View, input_size: Size) -> View:
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
        return cls((window_w, student.window[1]), (width, height))


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

    def extract(self, canvas: Tensor, view: View) -> Tensor:
        """Cuts a view out of a batch of canvases.

        Args:
            canvas: ``[B, C, Hc, Wc]``.
            view: The window to cut.

        Returns:
            ``[B, C, h, w]`` of the view's input size.

        Raises:
            ValueError: If the batch has another size than this canvas.
        """
        if tuple(canvas.shape[-2:]) != self.size[::-1]:
            raise ValueError(
                f'the views need a canvas of {self.size[0]}x{self.size[1]}. Got: '
                f'{canvas.shape[-1]}x{canvas.shape[-2]}; set canvas_size of CanvasAffine in the training pipeline to it'
            )
        left, top = self.offset(view)
        width, height = view.window
        window = canvas[..., top : top + height, left : left + width]
        if view.window == view.input_size:
            return window
        return interpolate(window, size=view.input_size[::-1], mode='bilinear', antialias=True, align_corners=False)

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
        offset = self.offset(dst)[axis] - self.offset(src)[axis]
        to_canvas = dst.window[axis] / dst.input_size[axis]
        to_src = src.input_size[axis] / src.window[axis]
        # canvas = (dst + 0.5) * to_canvas - 0.5 + offset;  src = (canvas + 0.5) * to_src - 0.5
        return to_canvas * to_src, (0.5 * to_canvas + offset) * to_src - 0.5
