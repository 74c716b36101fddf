"""Samples of a dataset in a few arrays."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np


class SampleTable(Sequence):
    """Samples whose arrays lie in one array for each key; what else they hold is pickled.

    As MMEngine's serialised samples it is memory that forked workers share, but it is made in a fraction of the time,
    and all samples can be looked at together. A sample is a new mapping each time, with arrays of its own.

    Args:
        arrays: By key, ``[N, ...]``.
        others: What each of the N samples holds beside them.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], others: Iterable[Mapping[str, Any]]) -> None:
        self.arrays = dict(arrays)
        pickled = [pickle.dumps(dict(other), protocol=pickle.HIGHEST_PROTOCOL) for other in others]
        self._ends = np.cumsum([0, *map(len, pickled)])
        self._pickled = b''.join(pickled)

    @classmethod
    def of(cls, samples: Sequence[Mapping[str, Any]], keys: Iterable[str]) -> SampleTable:
        """A table of what samples hold under some keys, which some of them may lack."""
        columns = {key: [sample.get(key) for sample in samples] for key in keys}
        arrays = {key: np.stack(values) for key, values in columns.items() if _are_alike(values)}
        others = [key for key in columns if key not in arrays]
        return cls(arrays, ({key: sample[key] for key in others if key in sample} for sample in samples))

    @property
    def nbytes(self) -> int:
        """Bytes of all samples together."""
        return self._ends.nbytes + len(self._pickled) + sum(array.nbytes for array in self.arrays.values())

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[place] for place in range(len(self))[index]]
        index = range(len(self))[index]
        sample = pickle.loads(memoryview(self._pickled)[self._ends[index] : self._ends[index + 1]])
        return sample | {key: np.array(array[index]) for key, array in self.arrays.items()}


def _are_alike(values: Sequence[Any]) -> bool:
    """Whether they are arrays of numbers that fit into one."""
    kinds = {(value.dtype, value.shape) if type(value) is np.ndarray else None for value in values}
    return len(kinds) == 1 and None not in kinds and not values[0].dtype.hasobject
