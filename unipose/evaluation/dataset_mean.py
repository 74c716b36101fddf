"""One number for COCO and MPII together, so that a student can be put beside published ones."""

from __future__ import annotations

from collections.abc import Mapping

MEAN_SOURCE, MEAN_MEASURE = 'coco+mpii', 'mean of AP and PCKh@0.5'
MEAN_NAME = f'{MEAN_SOURCE}/{MEAN_MEASURE}'
_AP, _PCKH = 'coco/AP', 'mpii/PCKh@0.5'


def dataset_mean(metrics: Mapping[str, float], others: Mapping[str, float] | None = None) -> dict[str, float]:
    """The mean of COCO's AP and MPII's PCKh@0.5, percent.

    The abstract of Khan et al. has "an average accuracy of 70.89 and 76.40", and does not say of what. A report of the
    work by one of the authors has RTMPose-t at AP .620 and PCK 79.952, RTMPose-s at .686 and 84.155: of those this mean
    is 70.98 and 76.38. There COCO's AP is on detected boxes, and nothing is flipped.

    Args:
        metrics: Of an evaluation, ``{'coco/AP': 0.686, 'mpii/PCKh@0.5': 84.155}``.
        others: Where MPII's is, if the evaluation is of COCO alone.

    Returns:
        The number by its name; nothing where one of the two was not scored.

    Source:
        https://arxiv.org/abs/2405.20084; P4_DhavalkumarLimbachiya_Report_Final.pdf, tables 4 and 5, in
        https://github.com/thewall27/Unified-2D-HPE-using-Knowledge-Distillation

    >>> dataset_mean({'coco/AP': 0.5, 'mpii/PCKh@0.5': 80.0})
    {'coco+mpii/mean of AP and PCKh@0.5': 65.0}
    """
    both = {**(others or {}), **metrics}
    if _AP not in metrics or _PCKH not in both:
        return {}
    return {MEAN_NAME: (100.0 * metrics[_AP] + both[_PCKH]) / 2}
