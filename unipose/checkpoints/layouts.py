"""Where a checkpoint keeps its weights, and what it puts before their names."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

# Of MMEngine (first: what it predicts with), Lightning, timm and DINO, Detectron2, YOLOX and others.
_PLACES = ('state_dict', 'model_state_dict', 'model', 'state_dict_ema', 'model_ema', 'ema_state_dict', 'ema', 'net')
# Of wrappers around a whole model: DataParallel and averaging, torch.compile, Lightning and distillers.
_WRAPPERS = ('module.', '_orig_mod.', 'model.', 'student.', 'net.', 'network.')
_ALWAYS = ('module', '_orig_mod')  # no model is called so itself


def find_state(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The state dict of a checkpoint.

    Args:
        content: What the file holds.

    Returns:
        The part of it that has tensors, all of it where that is its own; None where nothing has.

    >>> find_state({'epoch': 3, 'model': {'head.weight': Tensor()}})
    {'head.weight': tensor([])}
    """
    own = _tensors(content)  # of a checkpoint perhaps its epoch
    parts = {key: value for key, value in content.items() if isinstance(value, Mapping) and _tensors(value)}
    for place in _PLACES:
        if place in parts and (place == 'state_dict' or _tensors(parts[place]) > own):
            return parts[place]
    if own:
        return content
    return next(iter(parts.values())) if len(parts) == 1 else None


def unwrapped_state(state: Mapping[str, Any]) -> OrderedDict[str, Tensor]:
    """A state dict's tensors, without what DataParallel, averaging and torch.compile put before all of their names.

    Args:
        state: The state dict; its version record is kept.
    """
    tensors = OrderedDict((key, value) for key, value in state.items() if isinstance(value, Tensor))
    tensors._metadata = dict(
        getattr(state, '_metadata', {})
    )  # the models' own converters of old checkpoints ask for it
    while True:
        first = {key.split('.')[0] for key in tensors}
        wrapper = next((name for name in _ALWAYS if first in ({name}, {name, 'steps'})), None)  # averages count steps
        if wrapper is None:
            return tensors
        tensors.pop('steps', None)
        tensors = _without(tensors, f'{wrapper}.')


def fitted_state(state: OrderedDict[str, Tensor], shapes: Mapping[str, Sequence[int]]) -> OrderedDict[str, Tensor]:
    """The part of a state dict that is a model's, without the name of the wrapper before it.

    Args:
        state: What :func:`unwrapped_state` returned.
        shapes: By the keys that the model needs.

    Returns:
        The same where a key is the model's own, or where it is not clear which part is: one alone must fit, or all of
        it lie in one wrapper.
    """
    if any(key in state for key in shapes):
        return state
    prefixes = {f'{key.split(".")[0]}.' for key in state}
    fitting = [
        prefix
        for prefix in prefixes
        if all(prefix + key in state and state[prefix + key].shape == shape for key, shape in shapes.items())
    ]
    if not fitting and len(prefixes) == 1:
        fitting = [prefix for prefix in prefixes if prefix in _WRAPPERS]
    return _without(state, fitting[0]) if len(fitting) == 1 else state


def _without(state: OrderedDict[str, Tensor], prefix: str) -> OrderedDict[str, Tensor]:
    """Those of the state's tensors that have a prefix, without it."""
    part = OrderedDict((key.removeprefix(prefix), value) for key, value in state.items() if key.startswith(prefix))
    start = re.compile(rf'^{re.escape(prefix[:-1])}(\.|$)')
    part._metadata = {start.sub('', key): value for key, value in state._metadata.items() if start.match(key)}
    return part


def _tensors(values: Mapping[str, Any]) -> int:
    """How many there are."""
    return sum(isinstance(value, Tensor) for value in values.values())
