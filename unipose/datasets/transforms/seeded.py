"""Runs random transforms under the sample's own seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform, Compose
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class Seeded(BaseTransform):
    """Runs MMPose's random transforms so that the sample's ``rng`` alone decides what they draw.

    They draw from numpy's and Python's ambient generators, which are seeded for the time being and restored
    afterwards; Albumentations has generators of its own, which ambient seeds do not reach and forked workers share.

    Required Keys: rng (a ``numpy.random.Generator``) and what the transforms need.

    Args:
        transforms: Transform configs, run in order.
    """

    def __init__(self, transforms: Sequence[dict[str, Any]]) -> None:
        self.transforms = Compose([TRANSFORMS.build(transform) for transform in transforms])
        self.albumentations = [t.aug for t in self.transforms if hasattr(getattr(t, 'aug', None), 'set_random_seed')]

    def transform(self, results: dict[str, Any]) -> dict[str, Any] | None:
        """Runs the transforms."""
        ambient, *own = (int(seed) for seed in results['rng'].integers(2**32, size=1 + len(self.albumentations)))
        for augmentation, seed in zip(self.albumentations, own, strict=True):
            augmentation.set_random_seed(seed)
        with _ambient_seed(ambient):
            return self.transforms(results)


@contextmanager
def _ambient_seed(seed: int) -> Iterator[None]:
    numpy_state, python_state = np.random.get_state(), random.getstate()
    np.random.seed(seed)
    random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(numpy_state)
        random.setstate(python_state)
