"""How much each teacher counts, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mmengine.logging import MessageHub

from .schedules import Schedule, build_schedule


class LossWeights(NamedTuple):
    """How much a teacher counts: what it says, what it sees, and by epoch."""

    weight: float
    feature_weight: float
    schedule: Schedule

    @classmethod
    def from_entry(cls, name: str, entry: Mapping[str, Any]) -> tuple[LossWeights, dict[str, Any]]:
        """Splits a teacher's entry in a distiller's config.

        Args:
            name: The teacher's name.
            entry: ``weight`` (default 1), ``feature_weight`` (default 0), ``schedule`` (see :func:`build_schedule`),
                and whatever else describes the teacher.

        Returns:
            The weights, and what else there is.

        Raises:
            ValueError: If the name cannot be a teacher's, a weight is no number or negative, or the schedule is wrong.
        """
        if 'loss' in name or name == 'fused':
            raise ValueError(
                f'a teacher cannot be called {name!r}: MMEngine adds up whatever has loss in its name, and fused is '
                'the name of what all teachers say together. Give it another name'
            )
        others = dict(entry)
        weights = cls(
            weight=checked_weight(f'teachers.{name}.weight', others.pop('weight', 1.0)),
            feature_weight=checked_weight(f'teachers.{name}.feature_weight', others.pop('feature_weight', 0.0)),
            schedule=build_schedule(others.pop('schedule', None)),
        )
        return weights, others


def schedule_factors(weights: Mapping[str, LossWeights]) -> dict[str, float]:
    """Factor of each teacher's schedule in the epoch that MMEngine's message hub says, by name."""
    hub = MessageHub.get_current_instance()
    progress = hub.get_info('epoch', 0), hub.get_info('max_epochs', 1)
    return {name: one.schedule(*progress) for name, one in weights.items()}


def checked_weight(name: str, weight: float) -> float:
    """The weight, if it is a finite number, at least 0.

    Raises:
        ValueError: If it is not; the message calls it by the name.
    """
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 <= weight < float('inf'):
        raise ValueError(f'{name} must be a number, at least 0. Got: {weight!r}')
    return float(weight)
