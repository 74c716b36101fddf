"""Progress bars of long work, which whoever asked for the work may watch."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from tqdm import tqdm

Watch = Callable[['ProgressBar'], object]
_watch: ContextVar[Watch | None] = ContextVar('watch', default=None)


class ProgressBar(tqdm):
    """tqdm's bar; it tells a watcher when it begins and whenever something is done, shown or not.

    Attributes:
        total: How much there is to do.
        done: How much is done.
        unit: What is counted, singular.
    """

    def __init__(self, *args: Any, unit: str = 'it', **kwargs: Any) -> None:
        self.done = 0
        super().__init__(*args, unit=unit, **kwargs)
        self.unit = unit  # tqdm's own has none where nothing is shown
        self._tell()

    def update(self, n: int = 1) -> bool | None:
        """Counts what was done."""
        self.done += n
        shown = super().update(n)
        self._tell()
        return shown

    def __iter__(self) -> Iterator[Any]:  # tqdm's own counts without update
        with self:
            for thing in self.iterable:
                yield thing
                self.update()

    def _tell(self) -> None:
        watch = _watch.get()
        if watch is not None:
            watch(self)


@contextlib.contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Has every bar of the work within tell ``watch``."""
    before = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(before)
