"""The seam between any teacher and the rest: what an adapter is, and which one a head needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from mmpose.registry import MODELS
from torch import Tensor, nn

from unipose.simcc import Canvas, SimCCBins, SimCCTarget, View


class Adapter(ABC):
    """Turns one kind of model output into distributions over the student's bins, for the teacher's own keypoints.

    An adapter is registered with MMPose's MODELS; what it needs to know of the model's output, it reads from the head.

    Args:
        head: The teacher's head.
        canvas: The canvas that the views are windows of.
        view: What the teacher sees.
        student_view: What the student sees.
        bins: The student's bins.
        offset: How far right and below its targets the teacher predicts, pixels of its input; taken out again. MMPose
            trains on MPII's 1-based joints as if they were pixels; flipping evens that out along x, not along y. It
            is measured by ``tools/test.py CONFIG --teacher NAME`` (offset_x_input_px, offset_y_input_px).

    Attributes:
        axes: ``(scale, shift)`` for x and y: the teacher predicts ``scale * p + shift``, pixels of its input, of what
            the student sees at ``p``, pixels of its own.
    """

    head_types: ClassVar[tuple[str, ...]]
    """Names of the MMPose heads whose output it understands."""

    def __init__(
        self,
        head: nn.Module,
        canvas: Canvas,
        view: View,
        student_view: View,
        bins: SimCCBins,
        offset: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.view, self.bins = view, bins
        self.axes = []
        for axis in (0, 1):
            scale, shift = canvas.map_axis(view, student_view, axis)
            self.axes.append((scale, shift + offset[axis]))
        self.read_head(head)

    @abstractmethod
    def read_head(self, head: nn.Module) -> None:
        """Takes from the head what its output means.

        Raises:
            ValueError: If the adapter does not understand it.
        """

    @abstractmethod
    def __call__(self, output: Any) -> tuple[SimCCTarget, Tensor]:
        """Converts a batch of raw head outputs.

        Args:
            output: What the head's ``forward`` returns.

        Returns:
            The target, whose ``weight`` is the share of each keypoint's mass that lies inside the student's view; and
            the model's confidence in each keypoint, ``[B, K]``, on its own scale, larger is surer.
        """


def build_adapter(
    head: nn.Module,
    *,
    canvas: Canvas,
    view: View,
    student_view: View,
    bins: SimCCBins,
    config: Mapping[str, Any] | None = None,
) -> Adapter:
    """Builds the adapter that a teacher's head needs, or the one its config names.

    Args:
        head: The teacher's head.
        canvas: The canvas that the views are windows of.
        view: What the teacher sees.
        student_view: What the student sees.
        bins: The student's bins.
        config: Registry config of the adapter (``type`` and its options); without ``type`` the head decides.

    Returns:
        The adapter.

    Raises:
        ValueError: If no registered adapter reads outputs of this head.
    """
    config = dict(config or {})
    if 'type' not in config:
        known = {kind: name for name, cls in MODELS.module_dict.items() for kind in getattr(cls, 'head_types', ())}
        kinds = [cls.__name__ for cls in type(head).__mro__]
        config['type'] = next((known[kind] for kind in kinds if kind in known), None)
        if config['type'] is None:
            raise ValueError(
                f'no adapter turns the output of a {kinds[0]} into a SimCCTarget; there are adapters for '
                f'{sorted(known)}. Register one with MODELS and name it in the teacher entry: adapter=dict(type=...)'
            )
    return MODELS.build(dict(config, head=head, canvas=canvas, view=view, student_view=student_view, bins=bins))
