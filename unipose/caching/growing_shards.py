"""Records of a store in the order in which training draws them, until their shards are whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from mmengine.dist import all_gather_object, barrier, get_dist_info

from unipose.files.write_file import unwritable

from .records import Gap
from .target_store import TargetStore


class GrowingShards:
    """Takes a store's records in any order, and writes each shard once all of its records are there.

    They wait in a file for each process, ``.waiting-<rank>.bin``, which a new run empties: what it held is asked for
    again.

    Args:
        store: The store, which several processes fill together.

    Attributes:
        num_waiting: How many records wait, of all processes, since shards were written last.
    """

    num_waiting = 0

    def __init__(self, store: TargetStore) -> None:
        self.store = store
        self._rank, self._num_ranks = get_dist_info()
        self._gaps: list[Gap] = []
        if self._rank == 0:  # a run of more processes may have been killed
            for rank in itertools.takewhile(lambda rank: self._file(rank).exists(), itertools.count(self._num_ranks)):
                self._file(rank).unlink()
        self._write(np.empty(0, store.dtype), 'wb')
        barrier()

    def add(self, records: np.ndarray, gaps: list[Gap]) -> None:
        """Adds records, and what they lack.

        Raises:
            OSError: If they cannot be written.
        """
        self._write(records, 'ab')
        self._gaps += gaps

    def write_whole(self) -> None:
        """Writes the shards that are whole by now; all processes call it.

        Raises:
            ValueError: As :meth:`TargetStore.write`.
            OSError: If they cannot be written.
        """
        barrier()
        store = self.store
        waiting = [self._waiting(rank) for rank in range(self._num_ranks)]
        numbers = np.concatenate([self._numbers(part) for part in waiting])
        starts = np.cumsum([0, *map(len, waiting)])
        numbers, places = np.unique(numbers, return_index=True)  # the last ranks repeat a few samples
        gaps = {store.number(gap.index, gap.view): gap for part in all_gather_object(self._gaps) for gap in part}
        for shard, first, last in self._whole(numbers):
            records = np.empty(last - first, store.dtype)
            for rank, part in enumerate(waiting):
                mine = places[first:last] - starts[rank]
                is_mine = (mine >= 0) & (mine < len(part))
                records[is_mine] = part[mine[is_mine]]
            store.write(shard, records, [str(gaps[number]) for number in numbers[first:last] if number in gaps])
        barrier()
        store.look()
        self.num_waiting = int((~store.has(numbers)).sum())
        places -= starts[self._rank]
        mine = (places >= 0) & (places < len(waiting[self._rank])) & ~store.has(numbers)
        kept = waiting[self._rank][places[mine]]  # what was asked for again, since its shard is not whole, once
        self._gaps = [gap for gap in self._gaps if not store.has(store.number(gap.index, gap.view))]
        barrier()  # others may still read
        self._write(kept, 'wb')

    def remove(self) -> None:
        """Removes what is not in whole shards."""
        self._file(self._rank).unlink(missing_ok=True)

    def _whole(self, numbers: np.ndarray) -> Iterator[tuple[int, int, int]]:
        """This process's shards of which all records wait, and where in ``numbers`` these begin and end."""
        for shard in self.store.missing():
            if shard % self._num_ranks != self._rank:
                continue
            wanted = self.store.numbers(shard)
            first, last = np.searchsorted(numbers, (wanted.start, wanted.stop))
            if last - first == len(wanted):
                yield shard, first, last

    def _numbers(self, records: np.ndarray) -> np.ndarray:
        return self.store.number(*(records[name].astype(np.int64) for name in ('index', 'view')))

    def _waiting(self, rank: int) -> np.ndarray:
        file = self._file(rank)
        if not file.stat().st_size:  # nothing can be mapped
            return np.empty(0, self.store.dtype)
        return np.memmap(file, self.store.dtype, 'r')

    def _write(self, records: np.ndarray, mode: str) -> None:
        path = self._file(self._rank)
        try:
            with path.open(mode) as file:
                file.write(records.tobytes())
        except OSError as error:
            raise unwritable(path, error) from error

    def _file(self, rank: int) -> Path:
        return self.store.folder / f'.waiting-{rank}.bin'
