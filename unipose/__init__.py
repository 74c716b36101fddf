"""Distil several pose teachers into one student that predicts the union of their keypoints.

Importing this package loads nothing heavy: the deployment runtime lives under it and needs neither torch nor OpenMMLab.
:func:`load`, :func:`train`, :func:`distill`, :func:`evaluate` and :func:`export` come from :mod:`unipose.api` when they
are asked for, and load what they need when they are called. Code that uses MMPose starts at `unipose.registration`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unipose.api import distill, evaluate, export, load, train

__version__ = '0.1.0'

__all__ = ['__version__', 'distill', 'evaluate', 'export', 'load', 'train']


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from unipose import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
