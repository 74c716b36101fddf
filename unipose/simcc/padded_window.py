"""The window of a model that wants people at a size of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from .persons import Persons
from .placement import Placement, Size
from .window import Canvas, Window


@dataclass(frozen=True)
class PaddedWindow:
    """What a model sees that wants people at a size of its own: a window of its own around each person.

    The window is the person's box, grown to the aspect ratio of the input, times the padding; with a square input
    that is a factor on the longer side of the box. It moves with the augmentation as the student's window does.

    Args:
        input_size: Width and height of the model's input.
        paddings: Factor from the person's box to the window, by source; ``default`` is that of all others.
        student: What the student sees.
        udp: As of a :class:`Window`.

    Raises:
        ValueError: If a factor is not positive.
    """

    input_size: Size
    paddings: Mapping[str, float]
    student: Window
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
            ValueError: If a source has no padding of this window.
        """
        (width, height), (student_w, student_h) = self.input_size, self.student.size
        # a person who fills the student's window: as high as it, or as wide where the window is the wider one
        per_pixel = student_h / height if width * student_h >= height * student_w else student_w / width
        ratio = max(self.padding(name) / padding for name, padding in student_paddings.items())
        sides = [math.ceil(ratio * per_pixel * side - 1e-6) for side in self.input_size]
        # by an even number of pixels larger than the student's
        even = [side + (side - inner) % 2 for side, inner in zip(sides, self.student.size, strict=True)]
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
        paddings = torch.tensor([self.padding(name) for name in persons.sources])
        paddings = paddings.to(persons.sizes, non_blocking=True)
        to_canvas = self.student.size[0] / self.student.input_size[0]
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


def _is_factor(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
