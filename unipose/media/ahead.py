"""Makes what is needed next in a thread, while what is there is worked on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

Item = TypeVar('Item')
_SIZE = 2
_END = object()


def ahead(items: Iterable[Item], size: int = _SIZE) -> Iterator[Item]:
    """Goes through what is made one after another, in a thread of its own that is a few items ahead.

    Generators of several stages, each ``ahead`` of the one that takes from it, work at the same time. The order stays,
    and an error comes where its item would have come. Close it (``contextlib.closing``) where it is not gone through to
    its end: then the thread is waited for, which makes no further item, and ``items`` is closed.

    Args:
        items: What is gone through; its code runs in the thread.
        size: How many items may be there that nobody has asked for.

    Yields:
        The items.

    >>> list(ahead(number**2 for number in range(4)))
    [0, 1, 4, 9]
    """
    iterator = iter(items)
    close: Callable[[], None] = getattr(iterator, 'close', lambda: None)
    executor = ThreadPoolExecutor(1)
    try:
        made = deque(executor.submit(next, iterator, _END) for _ in range(size))
        while (item := made.popleft().result()) is not _END:
            made.append(executor.submit(next, iterator, _END))
            yield cast(Item, item)
    finally:
        executor.shutdown(cancel_futures=True)
        close()
