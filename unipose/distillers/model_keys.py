"""Keys of a distiller's config."""

from __future__ import annotations

import inspect
from collections.abc import Iterable


def check_model_keys(kind: type, base: type, given: Iterable[str]) -> None:
    """Makes sure that a distiller is given nothing that neither it nor MMPose's estimator has.

    Args:
        kind: The distiller.
        base: The estimator of MMPose that it is.
        given: What it was given beside its own arguments.

    Raises:
        ValueError: If it is; MMPose's own message does not say what there is.
    """
    known = inspect.signature(base.__init__).parameters
    unknown = sorted(set(given) - set(known))
    if unknown:
        own = [name for name in inspect.signature(kind.__init__).parameters if name not in ('self', 'kwargs')]
        raise ValueError(f'model has no {unknown}; it has {sorted({*own, *known} - {"self"})}')
