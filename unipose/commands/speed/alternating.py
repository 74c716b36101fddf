"""Times several things in turns, so that what else the machine does falls on all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median

from tqdm import tqdm


def seconds_of(
    things: Mapping[str, Callable[[], object]], repeats: int, what: str = '', rest: float = 0.0
) -> dict[str, list[float]]:
    """Seconds that each takes, ``repeats`` times, in turns; a first turn sets memory up and does not count.

    Args:
        things: What to time, by name.
        repeats: How often.
        what: Name of the progress bar.
        rest: Seconds without work, and then a run that does not count, before each that does: thread pools spin on for
            a while after work, at the cost of whoever comes next (onnxruntime's made torch take twice as long).
    """
    taken: dict[str, list[float]] = {name: [] for name in things}
    for _ in tqdm(range(repeats + 1), desc=what, unit='turn'):
        for name, thing in things.items():
            if rest:
                time.sleep(rest)
                thing()
            begin = time.perf_counter()
            thing()
            taken[name].append(time.perf_counter() - begin)
    return {name: seconds[1:] for name, seconds in taken.items()}


def ratio(taken: Mapping[str, list[float]], name: str, other: str) -> float:
    """How many times as long as another one takes: the median over the turns of what each turn says."""
    return median(mine / theirs for mine, theirs in zip(taken[name], taken[other], strict=True))
