"""A device that behaves like a GPU where it matters, so that what only a GPU would show is seen on a CPU.

Its tensors are not the CPU's, and whoever mixes both is told so; its numbers are computed on the CPU. What would have
the CPU wait for a GPU is counted.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils import backend_registration
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from unipose.checkpoints.locate import REPOSITORY

if not hasattr(backend_registration, '_setup_privateuseone_for_python_backend'):
    pytest.skip('torch has no devices written in Python before 2.10', allow_module_level=True)


class _Module(backend_registration._DummyBackendModule):
    """What torch.as_if_gpu is."""

    @staticmethod
    def get_amp_supported_dtype() -> list[torch.dtype]:
        return [torch.float16, torch.bfloat16]


backend_registration._setup_privateuseone_for_python_backend('as_if_gpu', backend_module=_Module())

DEVICE = torch.device('as_if_gpu', 0)
_PACKAGE = f'{REPOSITORY}/unipose/'
_COPIES = ('_to_copy', 'copy_')
_WAITS = ('_local_scalar_dense', 'nonzero', 'masked_select', 'unique_dim', '_unique2', 'equal')
_INDEXING = ('index', 'index_put', 'index_put_', '_index_put_impl_', '_unsafe_index')


class _OnDevice(Tensor):
    """A tensor of the device, whose numbers are in a tensor of the CPU."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> _OnDevice:
        layout = dict(strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype)
        made = Tensor._make_wrapper_subclass(cls, held.size(), device=DEVICE, **layout)
        made.held = held
        return made

    def __repr__(self) -> str:
        return f'_OnDevice({self.held})'

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Sequence, args: tuple = (), kwargs: dict | None = None) -> Any:
        raise RuntimeError(f'{func} on tensors of {DEVICE} outside of AsIfGpu')


class AsIfGpu(TorchDispatchMode):
    """While it is entered, there is the device.

    Attributes:
        waits: What had the CPU wait for the device, by operator and place in unipose; how often.
        doubles: Where float64 was made on the device, which Apple's GPUs do not have.
    """

    current: AsIfGpu | None = None

    def __init__(self) -> None:
        super().__init__()
        self.waits: Counter[str] = Counter()
        self.doubles: set[str] = set()

    def __enter__(self) -> AsIfGpu:
        AsIfGpu.current = self
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        AsIfGpu.current = None
        super().__exit__(*error)

    def __torch_dispatch__(self, func: Any, types: Sequence, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Computes an operator on the CPU."""
        kwargs, name = dict(kwargs or {}), func.overloadpacket.__name__
        tensors = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
        ours = [one for one in tensors if isinstance(one, _OnDevice)]
        others = [one for one in tensors if not isinstance(one, _OnDevice) and one.dim()]
        self._check(name, func, args, kwargs, ours, others)
        stays = bool(ours)
        if kwargs.get('device') is not None:
            stays = torch.device(kwargs['device']).type == DEVICE.type
            kwargs['device'] = torch.device('cpu')
        if name == 'copy_':
            stays = isinstance(args[0], _OnDevice)
        held = tree_map(lambda one: one.held if isinstance(one, _OnDevice) else one, (args, kwargs))
        made = func(*held[0], **held[1])
        if not stays:
            return made
        known = {id(one.held): one for one in ours}  # what is changed in place stays the same tensor

        def on_device(one: Any) -> Any:
            if not isinstance(one, Tensor):
                return one
            if one.dtype == torch.float64:
                self.doubles.add(_place())
            return known[id(one)] if id(one) in known else _OnDevice(one)

        return tree_map(on_device, made)

    def _check(self, name: str, func: Any, args: tuple, kwargs: dict, ours: list, others: list) -> None:
        """Refuses what mixes devices, and counts what waits."""
        if name in _COPIES:
            if _waits(name, args, kwargs, bool(ours)):
                self._count('a copy between devices')
            return
        if not ours:
            return
        indices = [one for one in tree_leaves(args[1]) if isinstance(one, Tensor)] if name in _INDEXING else []
        mixed = [one for one in others if not any(one is index for index in indices)]
        if mixed:
            shapes = [tuple(one.shape) for one in mixed]
            raise RuntimeError(f'{func} has tensors of {DEVICE}, and of the CPU, whose shapes are {shapes}')
        if len(mixed) < len(others):
            self._count('indices of the CPU')
        if name in _WAITS or any(index.dtype in (torch.bool, torch.uint8) for index in indices):
            self._count(f'{name}, whose result the CPU has to know')

    def _count(self, what: str) -> None:
        self.waits[f'{what} in {_place()}'] += 1


def _place() -> str:
    """The innermost function of unipose that is running."""
    frames = [frame for frame in traceback.extract_stack() if frame.filename.startswith(_PACKAGE)]
    return f'{frames[-1].filename.removeprefix(_PACKAGE)} {frames[-1].name}' if frames else 'elsewhere'


def _waits(name: str, args: tuple, kwargs: dict, is_ours: bool) -> bool:
    """Whether something is copied from one device to the other, and the CPU waits until it is done."""
    if name == 'copy_':
        into, of, *rest = args
        crosses, goes_on = isinstance(into, _OnDevice) != isinstance(of, _OnDevice), any(rest)
    else:
        device = kwargs.get('device')
        crosses = device is not None and (torch.device(device).type == DEVICE.type) != is_ours
        goes_on = kwargs.get('non_blocking')
    return crosses and not goes_on


def _empty_strided(size: Sequence[int], stride: Sequence[int], dtype: torch.dtype | None = None, **_: Any) -> Tensor:
    return _OnDevice(torch.empty_strided(size, stride, dtype=dtype))


def _empty(size: Sequence[int], dtype: torch.dtype | None = None, **_: Any) -> Tensor:
    return _OnDevice(torch.empty(size, dtype=dtype))


def _copy_from(source: Tensor, target: Tensor, non_blocking: bool = False) -> Tensor:
    """How torch gets lists of indices, and numbers that it makes a tensor of, to the device."""
    if not non_blocking and AsIfGpu.current:
        AsIfGpu.current._count('numbers written in Python')
    target.held.copy_(source)
    return target


_LIBRARY = torch.library.Library('aten', 'IMPL')  # what torch itself calls below the modes
_LIBRARY.impl('empty_strided', _empty_strided, 'PrivateUse1')
_LIBRARY.impl('empty.memory_format', _empty, 'PrivateUse1')
_LIBRARY.impl('_copy_from', _copy_from, 'PrivateUse1')
