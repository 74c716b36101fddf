"""Shows how far long work is: with tqdm where it is installed, which the runtime does not ask for."""

from __future__ import annotations

import sys
import time
from typing import Any

_SECONDS = 5.0  # between two lines


class Progress:
    """A bar, or without tqdm a line from time to time; on stderr.

    Args:
        total: How much there is to do; None where that is not known.
        unit: What is counted, singular.
    """

    def __init__(self, total: int | None, unit: str) -> None:
        self.total, self.unit, self.done = total, unit, 0
        self._start = self._told = time.perf_counter()
        try:
            from tqdm import tqdm
        except ImportError:
            self._bar: Any = None
        else:
            self._bar = tqdm(total=total, unit=unit)

    @property
    def rate(self) -> float:
        """Units done a second, over the whole time."""
        return self.done / max(time.perf_counter() - self._start, 1e-9)

    def update(self, count: int = 1) -> None:
        """Counts what was done."""
        self.done += count
        if self._bar is not None:
            self._bar.update(count)
        elif time.perf_counter() - self._told > _SECONDS:
            self._told = time.perf_counter()
            self.write(f'{self.done} of {self.total or "?"} {self.unit}s')

    def write(self, line: str) -> None:
        """Writes a line above the bar."""
        if self._bar is None:
            print(line, file=sys.stderr)
        else:
            self._bar.write(line, file=sys.stderr)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
