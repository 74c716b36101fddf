"""The canvas that a sample is cropped to, and the centred windows of it that each model sees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import interpolate

from .persons import Persons
from .resample import resample

Size = tuple[int, int]
Axis = tuple[float | Tensor, float | Tensor]
"""``(scale, shift)`` of coordinates along an axis, numbers or ``[B]``."""


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
        window = tuple(round(scale * side) for side in input_size)
        if scale < 1 or any(abs(scale * side - whole) > 1e-6 for side, whole in zip(input_size, window, strict=True)):
            raise ValueError(
                f'a canvas has at least 1 pixel per pixel of the student, and the {input_size[0]}x{input_size[1]} of '
                f'its input are a whole number of them. Got: canvas_scale {scale}'
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
class PaddedView:
    """What a model sees that wants people at a size of its own: a window of its own around each person.

    The window is the person's box, grown to the aspect ratio of the input, times the padding; with a square input
    that is a factor on the longer side of the box. It moves with the augmentation as the student's view does.

    Args:
        input_size: Width and height of the model's input.
        paddings: Factor from the person's box to the window, by source; ``default`` is that of all others.
        student: What the student sees.
        udp: As of a :class:`View`.

    Raises:
        ValueError: If a factor is not positive.
    """

    input_size: Size
    paddings: Mapping[str, float]
    student: View
    udp: bool = False

    def __post_init__(self) -> None:
        if not self.paddings or not all(_is_factor(padding) for padding in self.paddings.values()):
            raise ValueError(
                "padding is a factor above 0 on the longer side of a person's box, for each source: "
                f'padding=dict(coco=1.5, mpii=1.25). Got: {dict(self.paddings)}'
            )

    def needs(self, student_paddings: Mapping[str, float]) -> Size:
        """Width and height of the canvas that its largest window needs, whole pixels.

        Args:
            student_paddings: Factor from the person's box to what the student sees, by source.

        Raises:
            ValueError: If a source has no padding of this view.
        """
        (width, height), (student_w, student_h) = self.input_size, self.student.window
        # a person who fills the student's view: as high as it, or as wide where the view is the wider one
        per_pixel = student_h / height if width * student_h >= height * student_w else student_w / width
        ratio = max(self.padding(name) / padding for name, padding in student_paddings.items())
        sides = [math.ceil(ratio * per_pixel * side - 1e-6) for side in self.input_size]
        # by an even number of pixels larger than the student's
        even = [side + (side - inner) % 2 for side, inner in zip(sides, self.student.window, strict=True)]
        return max(even[0], student_w), max(even[1], student_h)

    def place(self, canvas: Canvas, persons: Persons | None = None) -> Placement:
        """Where its input lies on each canvas of a batch.

        Raises:
            ValueError: If the batch does not say whom it shows, comes from a source without a padding, or has windows
                that the canvas does not hold.
        """
        if persons is None:
            raise ValueError(
                'a teacher with a padding of its own must know the person of each sample, which CanvasAffine and '
                'PackUnifiedInputs write down; crop with them'
            )
        paddings = persons.sizes.new_tensor([self.padding(name) for name in persons.sources])
        to_canvas = self.student.window[0] / self.student.input_size[0]
        width, height = self.input_size
        wide = persons.sizes[:, 0].maximum(persons.sizes[:, 1] * width / height) * paddings * to_canvas  # [B]
        windows = wide, wide * height / width
        axes = []
        for outer, side, window in zip(canvas.size, self.input_size, windows, strict=True):
            if window.device.type == 'cpu' and window.max() > outer + 1:  # a GPU would have to wait for the answer
                raise ValueError(
                    f'a window of {math.ceil(window.max())} pixels does not fit on a canvas of {outer}; make '
                    'canvas_size larger, in the pipelines and in the model'
                )
            step = window / (side - self.udp)
            axes.append((step, outer / 2 - window / 2 + (0.0 if self.udp else 0.5 * step - 0.5)))
        return Placement(canvas.size, self.input_size, tuple(axes))

    def padding(self, source: str) -> float:
        """Factor from a person's box to the window, for people of a source.

        Raises:
            ValueError: If nothing says so.
        """
        found = self.paddings.get(source, self.paddings.get('default'))
        if found is None:
            raise ValueError(
                f'padding says nothing of people of {source!r}: {dict(self.paddings)}; it needs a factor for each '
                'source, or default=...'
            )
        return found


@dataclass(frozen=True)
class Placement:
    """Where pixels of a model's input lie on the canvas: ``canvas = step * input + start`` along each axis.

    Args:
        canvas_size: Width and height of the canvas.
        input_size: Width and height of the input.
        axes: ``(step, start)`` along x and y, numbers or ``[B]``.
        whole: Left, top, width and height, where the input is a window of whole pixels.
    """

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
                f'the views need a canvas of {self.canvas_size[0]}x{self.canvas_size[1]}. Got: '
                f'{canvas.shape[-1]}x{canvas.shape[-2]}; set canvas_size of CanvasAffine in the training pipeline to it'
            )
        if self.whole is None:
            for axis in (1, 0):
                canvas = resample(canvas, -1 - axis, *self.axes[axis], self.input_size[axis])
            return canvas
        left, top, width, height = self.whole
        window = canvas[..., top : top + height, left : left + width]
        if (width, height) == self.input_size:
            return window
        return interpolate(window, size=self.input_size[::-1], mode='bilinear', antialias=True, align_corners=False)

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


def _is_factor(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
