"""What work costs: seconds of each unit, and a rest that does not grow with the work; and how that is measured."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import torch

Work = Mapping[str, float]
"""How much there is to do, by kind of unit, such as ``view`` or ``step``."""
Marks = list[tuple[float, float]]
"""Times, seconds, and how many units were done at each."""
_FILLING = 3  # this part of what is seen fills queues and caches, and says nothing of the rest


@dataclass(frozen=True)
class Cost:
    """Costs of one step of a run.

    Args:
        rest: Seconds that it takes however much there is to do.
        rates: Seconds of a unit, by kind.
        sizes: Bytes on disk of a unit, by kind; ``''`` is what is written once.
    """

    rest: float = 0.0
    rates: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, float] = field(default_factory=dict)

    def of_units(self, work: Work) -> float:
        """Seconds that work takes beside the rest; units of which nothing is known count nothing."""
        return sum(count * self.rates.get(unit, 0.0) for unit, count in work.items())

    def bytes(self, work: Work) -> float:
        """Bytes that work leaves on disk."""
        return self.sizes.get('', 0.0) + sum(count * self.sizes.get(unit, 0.0) for unit, count in work.items())

    def plain(self) -> dict[str, Any]:
        """As plain values: what the constructor takes."""
        return asdict(self)


class Watcher(Protocol):
    """Whoever is told what a step does while it does it."""

    def count(self, unit: str, number: float) -> None:
        """Some units of a kind are done; 0 where they begin."""

    def took(self, unit: str, seconds: float, number: float) -> None:
        """Some of these units took that long."""


class Nobody:
    """A watcher that does not care."""

    def count(self, unit: str, number: float) -> None:
        """See :class:`Watcher`."""

    def took(self, unit: str, seconds: float, number: float) -> None:
        """See :class:`Watcher`."""


class Stopwatch:
    """Watches a step, and says what it costs."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._done: dict[str, float] = defaultdict(float)
        self._marks: dict[str, Marks] = defaultdict(list)
        self._took: dict[str, tuple[float, float]] = {}

    def count(self, unit: str, number: float) -> None:
        """See :class:`Watcher`."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()  # its work is done when the GPU has done it
        self._done[unit] += number
        self._marks[unit].append((time.perf_counter(), self._done[unit]))

    def took(self, unit: str, seconds: float, number: float) -> None:
        """See :class:`Watcher`; goes before what the counts of such units say."""
        before = self._took.get(unit, (0.0, 0.0))
        self._took[unit] = before[0] + seconds, before[1] + number

    def cost(self) -> Cost:
        """What the step costs, by all that was seen; what no unit explains is its rest."""
        total = time.perf_counter() - self._began
        rates = {unit: steady_rate(marks) for unit, marks in self._marks.items()}
        rates |= {unit: seconds / number for unit, (seconds, number) in self._took.items()}
        explained = sum(self._done[unit] * rate for unit, rate in rates.items())
        return Cost(max(total - explained, 0.0), rates)


def steady_rate(marks: Marks) -> float:
    """Seconds of a unit once work flows: the first third of the marks is left out.

    >>> steady_rate([(0.0, 0), (5.0, 1), (6.0, 2), (7.0, 3)])
    1.0
    """
    first, last = marks[len(marks) // _FILLING], marks[-1]
    return (last[0] - first[0]) / (last[1] - first[1]) if last[1] > first[1] else 0.0
