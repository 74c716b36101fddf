"""Lets `torch.load(weights_only=True)` read what MMEngine 0.10.7 writes, and nothing more."""

import codecs
import pickle
from collections.abc import Callable
from typing import Any

from unipose.compat.patch import Patch

# Values logged and counted, OKS sigmas and joint weights, colours.
DTYPES = ('float64', 'int64', 'float32', 'uint8')

# MMEngine registers these with every HistoryBuffer, which pickles them by name.
STATISTICS = ('min', 'max', 'current', 'mean')


def torch_loads_weights_only() -> Patch | None:
    """Allow exactly what MMEngine's checkpoints hold.

    Symptom: `Weights only load failed` on loading and resuming.
    Cause: torch >= 2.6 loads with `weights_only=True`, and the checkpoints hold numpy arrays and scalars (metainfo,
    best score) and MMEngine's HistoryBuffer (logged values).

    torch < 2.6 loads without restriction unless it is asked to; torch < 2.4 has no list of allowed names at all.
    """
    import torch

    if not hasattr(torch.serialization, 'add_safe_globals'):
        return None
    torch.serialization.add_safe_globals(allowed())
    return Patch(
        'torch_loads_weights_only',
        f'torch {torch.__version__} loads weights only: numpy values and HistoryBuffer are allowed in checkpoints',
    )


def allowed() -> list[Any]:
    """The classes and functions that an MMEngine checkpoint names."""
    import numpy as np
    from mmengine.logging.history_buffer import HistoryBuffer

    try:
        from numpy._core import multiarray
    except ImportError:  # numpy < 1.26
        from numpy.core import multiarray

    # An array's bytes are written as what `codecs.encode` makes; torch allows that itself, but not torch 2.4.
    names = [codecs.encode, HistoryBuffer, np.ndarray, np.dtype, *(type(np.dtype(name)) for name in DTYPES)]
    # numpy 1 and numpy 2 write the same two functions under different names.
    for package in ('numpy.core', 'numpy._core'):
        names += [_under_name(multiarray._reconstruct, f'{package}.multiarray._reconstruct')]
        names += [_under_name(multiarray.scalar, f'{package}.multiarray.scalar')]
    return [*names, _under_name(history_statistic, 'builtins.getattr')]


def history_statistic(owner: Any, name: str) -> Any:
    """What `getattr` is to a pickled HistoryBuffer: it fetches the buffer's own statistics and nothing else.

    Allowing `getattr` itself would open every attribute of every allowed class to a pickle.

    Raises:
        UnpicklingError: Anything else is asked for.
    """
    from mmengine.logging.history_buffer import HistoryBuffer

    if owner is not HistoryBuffer or name not in STATISTICS:
        raise pickle.UnpicklingError(
            f'the checkpoint asks for attribute {name!r} of {owner!r}; no checkpoint written by MMEngine does'
        )
    return getattr(owner, name)


def _under_name(function: Callable, path: str) -> Callable:
    """Wrap a function so that torch, which reads names off the objects, knows it as `path`.

    torch >= 2.6 also takes (function, path), 2.4 and 2.5 do not.
    """

    def wrapper(*args: Any) -> Any:
        return function(*args)

    wrapper.__module__, _, wrapper.__name__ = path.rpartition('.')
    wrapper.__qualname__ = wrapper.__name__
    return wrapper
