"""Runs random transforms under the sample's own seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform, Compose
from mmpose.registry import TRANSFORMS

# modules whose transforms draw nothing from Python's generator, which takes long to save and restore
_DRAW_FROM_NUMPY = ('unipose.', 'mmpose.datasets.transforms.common_transforms')


@TRANSFORMS.register_module()
class Seeded(BaseTransform):
    """Runs MMPose's random transforms so that the dataset's seed, the sample and its view decide what they draw.

    They draw from numpy's and Python's ambient generators, which are seeded for the time being and restored
    afterwards; Albumentations has generators of its own, which ambient seeds do not reach and forked workers share.

    Required Keys: seed, index, view, and what the transforms need.

    Args:
        transforms: Transform configs, run in order.
    """

    def __init__(self, transforms: Sequence[dict[str, Any]]) -> None:
        self.transforms = Compose([TRANSFORMS.build(transform) for transform in transforms])
        self.bits = np.random.MT19937()
        self.seeds_python = any(
            not type(step).__module__.startswith(_DRAW_FROM_NUMPY) or hasattr(step, 'aug') for step in self.transforms
        )
        self.albumentations = [t.aug for t in self.transforms if hasattr(getattr(t, 'aug', None), 'set_random_seed')]

    def transform(self, results: dict[str, Any]) -> dict[str, Any] | None:
        """Runs the transforms."""
        rng = np.random.default_rng([results['seed'], results['index'], results['view']])
        ambient, *own = (int(seed) for seed in rng.integers(2**32, size=1 + len(self.albumentations)))
        for augmentation, seed in zip(self.albumentations, own, strict=True):
            augmentation.set_random_seed(seed)
        with self._ambient_seed(ambient):
            return self.transforms(results)

    @contextmanager
    def _ambient_seed(self, seed: int) -> Iterator[None]:
        numpy_bits = np.random.get_bit_generator()
        python_state = random.getstate() if self.seeds_python else None
        np.random.set_bit_generator(self.bits)  # quicker than to save and restore the state of the other
        np.random.seed(seed)
        if self.seeds_python:
            random.seed(seed)
        try:
            yield
        finally:
            np.random.set_bit_generator(numpy_bits)
            if self.seeds_python:
                random.setstate(python_state)
