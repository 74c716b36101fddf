"""Says while a run is under way what is left of it, by what it has really taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .cost import Cost
from .plan import Planned, shown_seconds

_ENOUGH = 0.1  # of a step's work: then what it took says more than what was measured before
_EVERY = 60.0  # seconds between two lines


class Remaining:
    """Watches the steps of a run one after the other.

    Args:
        planned: The steps.
        tell: Where lines go; with what the step under way costs by what has been seen.
        every: Seconds between two lines within a step.
    """

    def __init__(
        self, planned: Sequence[Planned], tell: Callable[[str, Mapping[str, Cost]], object], every: float = _EVERY
    ) -> None:
        self.planned, self.tell, self.every = list(planned), tell, every
        self._place = -1

    def begin(self) -> None:
        """The next step begins."""
        self._place += 1
        self._began = self._told = time.perf_counter()
        self._done = 0.0  # seconds that were expected for what is done
        self._say()

    def end(self) -> tuple[float, float]:
        """The step is done.

        Returns:
            Seconds that were expected, and taken.
        """
        expected, taken = self.planned[self._place].seconds, time.perf_counter() - self._began
        self._tell(f'done in {shown_seconds(taken)}, expected were {shown_seconds(expected)}')
        return expected, taken

    def count(self, unit: str, number: float) -> None:
        """See :class:`unipose.commands.full_run.cost.Watcher`."""
        self._done += self.planned[self._place].cost.of_units({unit: number})
        if time.perf_counter() - self._told >= self.every:
            self._told = time.perf_counter()
            self._say()

    def took(self, unit: str, seconds: float, number: float) -> None:
        """See :class:`unipose.commands.full_run.cost.Watcher`."""

    def of_step(self) -> float:
        """Seconds that the step under way takes yet; what does not grow with its work comes first."""
        row = self.planned[self._place]
        if not self._done:
            return row.seconds
        return max(row.seconds - row.cost.rest - self._done, 0.0) * self._slower()

    def of_run(self) -> float:
        """Seconds that the run takes yet."""
        return self.of_step() + sum(row.seconds for row in self.planned[self._place + 1 :])

    def _slower(self) -> float:
        """How many times as long as expected the work of the step under way takes; 1 until enough of it is done."""
        row = self.planned[self._place]
        worked = time.perf_counter() - self._began - row.cost.rest
        enough = self._done > 0 and self._done >= _ENOUGH * (row.seconds - row.cost.rest)
        return worked / self._done if enough and worked > 0 else 1.0

    def _say(self) -> None:
        self._tell(f'{shown_seconds(self.of_step())} left, {shown_seconds(self.of_run())} of the whole run')

    def _tell(self, text: str) -> None:
        row = self.planned[self._place]
        rates = {unit: rate * self._slower() for unit, rate in row.cost.rates.items()}
        self.tell(f'{row.step.name}: {text}', {row.step.name: replace(row.cost, rates=rates)})
