"""MMPose's RandomBBoxTransform with a quicker truncated normal distribution."""

from __future__ import annotations

import numpy as np
from mmpose.datasets.transforms import RandomBBoxTransform
from mmpose.registry import TRANSFORMS
from scipy.special import ndtr, ndtri


@TRANSFORMS.register_module()
class QuickRandomBBoxTransform(RandomBBoxTransform):
    """RandomBBoxTransform whose numbers come from the inverse of the distribution function.

    The distribution is the same. ``scipy.stats.truncnorm.rvs`` builds a distribution object at every call, which takes
    longer than cutting out the canvas.
    """

    @staticmethod
    def _truncnorm(low: float = -1.0, high: float = 1.0, size: tuple = ()) -> np.ndarray:
        """Draws from a normal distribution of mean 0 and variance 1, cut off at ``low`` and ``high``."""
        return ndtri(np.random.uniform(ndtr(low), ndtr(high), size)).astype(np.float32)
