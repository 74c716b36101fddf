"""The seam between any teacher's output and the rest: what an adapter is, and which one an output needs."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from mmpose.registry import MODELS
from torch import Tensor

from unipose.simcc import Axis, Persons, SimCCBins, SimCCTarget
from unipose.teachers.outputs import Output

Spread = Callable[[Tensor], Tensor]
"""From raw confidence ``[B, K]`` to the standard deviation of a place along an axis, pixels of the student's input."""


class Adapter(ABC):
    """Turns one kind of model output into distributions over the student's bins, for the teacher's own keypoints.

    An adapter is registered with MMPose's MODELS; what it needs to know of the model's output, the description says.

    Args:
        output: What the model's raw output means.
        input_size: Width and height of the teacher's input.
        bins: The student's bins.
        offset: How far right and below its targets the teacher predicts, pixels of its input; taken out again. MMPose
            trains on MPII's 1-based joints as if they were pixels; flipping evens that out along x, not along y. It
            is measured by ``unipose calibrate`` (:class:`unipose.teachers.measured_offset.MeasuredOffset`).
        spread: How far off its places are, where the output does not say: the standard deviation along an axis, in
            heights of the student's window, or what knows it for each confidence; by default 0.

    Raises:
        ValueError: If the offset is not two finite numbers, or the spread none.
    """

    reads: ClassVar[type[Output]]
    """The description of the outputs that it understands."""
    targets_version: ClassVar[int] = 1
    """Raised with every change of the numbers that it returns, see :class:`unipose.caching.TargetStore`."""

    def __init__(
        self,
        output: Output,
        input_size: tuple[int, int],
        bins: SimCCBins,
        offset: tuple[float, float] = (0.0, 0.0),
        spread: float | Spread = 0.0,
    ) -> None:
        self.output, self.input_size, self.bins = output, tuple(input_size), bins
        if not _are_two_numbers(offset):
            raise ValueError(f'offset is two numbers, right and down in pixels of its input. Got: {offset!r}')
        self.offset = tuple(offset)
        if not callable(spread):
            if not isinstance(spread, int | float) or isinstance(spread, bool) or not 0 <= spread < 1:
                raise ValueError(f"spread is a share of the student's window, at least 0 and below 1. Got: {spread!r}")
            spread = partial(torch.full_like, fill_value=spread * bins.input_size[1])
        self.spread = spread

    @abstractmethod
    def __call__(self, raw: Any, axes: Sequence[Axis], persons: Persons | None = None) -> tuple[SimCCTarget, Tensor]:
        """Converts a batch of raw outputs.

        Args:
            raw: What the network returned, as ``output`` describes it.
            axes: ``(scale, shift)`` for x and y, numbers or ``[B]``: what the student sees at ``p``, pixels of its
                input, the teacher sees at ``scale * p + shift``, pixels of its own.
            persons: Whom the batch shows.

        Returns:
            The target, whose ``weight`` is the share of each keypoint's mass that lies inside the student's window; and
            the model's confidence in each keypoint, ``[B, K]``, on its own scale, larger is surer.
        """

    def to_bins(self, axes: Sequence[Axis], ndim: int) -> list[Axis]:
        """``(gain, start)`` for x and y: the student's bin of the teacher's pixel ``p`` is ``gain * p + start``.

        Args:
            axes: As in a call.
            ndim: Dimensions of what they will be multiplied with, where samples have axes of their own.
        """
        found = []
        for (scale, shift), offset in zip(axes, self.offset, strict=True):
            gain = self.bins.split_ratio / scale
            found.append(tuple(_per_sample(value, ndim) for value in (gain, -(shift + offset) * gain)))
        return found


def _are_two_numbers(values: Any) -> bool:
    return (
        isinstance(values, Sequence)
        and len(values) == 2
        and all(
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) for value in values
        )
    )


def _per_sample(value: float | Tensor, ndim: int) -> float | Tensor:
    return value.reshape(-1, *[1] * (ndim - 1)) if isinstance(value, Tensor) else value


def build_adapter(
    output: Output,
    *,
    input_size: tuple[int, int],
    bins: SimCCBins,
    config: Mapping[str, Any] | None = None,
    spread: Spread | None = None,
) -> Adapter:
    """Builds the adapter that a teacher's output needs, or the one its config names.

    Args:
        output: What its raw output means.
        input_size: Width and height of its input.
        bins: The student's bins.
        config: Registry config of the adapter (``type`` and its options); without ``type`` the output decides.
        spread: How far off its places were measured to be; it counts before what the config says.

    Returns:
        The adapter.

    Raises:
        ValueError: If no registered adapter reads such outputs, or the one that is named does not, or its options are
            wrong.
    """
    config = dict(config or {})
    if 'type' not in config:
        known = {
            cls.reads: name for name, cls in MODELS.module_dict.items() if isinstance(getattr(cls, 'reads', None), type)
        }
        config['type'] = next((known[kind] for kind in type(output).__mro__ if kind in known), None)
        if config['type'] is None:
            raise ValueError(
                f'no adapter turns {output} into a SimCCTarget; there are adapters for '
                f'{sorted(kind.__name__ for kind in known)}. Register one with MODELS and name it in the entry: '
                'adapter=dict(type=...)'
            )
    measured = dict(spread=spread) if spread else {}
    reads = getattr(MODELS.get(config['type']) if isinstance(config['type'], str) else config['type'], 'reads', None)
    if not (isinstance(reads, type) and isinstance(output, reads)):
        raise ValueError(f'adapter type {config["type"]!r} is none that reads {output}; leave the type out')
    try:
        return MODELS.build(dict(config, output=output, input_size=input_size, bins=bins, **measured))
    except (TypeError, ValueError) as error:
        raise ValueError(f'adapter={config} cannot be built: {error}') from None
