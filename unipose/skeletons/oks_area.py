"""The area of a person, on which OKS measures distances: one definition for samples, rescoring and evaluation."""

from __future__ import annotations

import numpy as np

from unipose.compat.oks_evaluation import AREA_PER_BOX

_TIGHT = 1.25  # padding of sources whose boxes are tight; MPII's, with 0.9375, are 4/3 as wide and high


def oks_area(box: np.ndarray, area: float, padding: float) -> float:
    """The annotated area; where there is none, 0.53 of what would be a tight box.

    Args:
        box: The person's box as its source has it, ``[4]``, x1, y1, x2, y2, pixels.
        area: What MMPose's dataset says, pixels squared: as annotated, or 0.53 of the box.
        padding: Factor from the source's boxes to a student's.

    Returns:
        Pixels squared.

    >>> oks_area(np.array([0, 0, 100, 200]), 7000.0, 1.25), oks_area(np.array([0, 0, 200, 200]), 21200.0, 0.9375)
    (7000.0, 11925.0)
    """
    stands_in = np.isclose(area, AREA_PER_BOX * float(np.prod(box[2:] - box[:2])), rtol=1e-3)
    return float(area * (padding / _TIGHT) ** 2 if stands_in else area)
