"""Distances of midpoints from the annotated keypoint, in heads and torsos."""

from __future__ import annotations

import numpy as np

from unipose.evaluation.format_scores import format_table

from .people import People

HIPS, SHOULDERS = ('left_hip', 'right_hip'), ('left_shoulder', 'right_shoulder')
DERIVED = (('pelvis', HIPS), ('thorax', SHOULDERS), ('upper_neck', SHOULDERS))
COLUMNS = ['ends of', 'point', 'people', 'median', '95%', 'torsos', 'upward', '<0.1', '<0.5', 'its ends']


def table(found: dict[str, tuple[People, People]]) -> str:
    """Rows of :func:`row` for each midpoint.

    Args:
        found: By what it is called: whose ends are joined, and where MPII's keypoints of the same people are.
    """
    rows = [[who, name, *row(*pair, name, ends)] for who, pair in found.items() for name, ends in DERIVED]
    return '\n'.join(format_table(COLUMNS, rows))


def row(found: People, truth: People, name: str, ends: tuple[str, str]) -> list[str]:
    """How far midpoints are off.

    Args:
        found: Their ends.
        truth: MPII's keypoints of the same people.
        name: Which of them the midpoint stands for.
        ends: Names of its ends.

    Returns:
        People; median and 95% of distances, heads (head_top to upper_neck); their median in torsos (middle of the hips
        to middle of the shoulders); median component along the torso towards the head, heads; shares within 0.1 and 0.5
        of a head; median distance of the ends themselves from MPII's, heads.
    """
    (midpoint, has), (place, known) = found.between(ends), truth.of(name)
    (top, has_top), (neck, has_neck) = truth.of('head_top'), truth.of('upper_neck')
    (hips, has_hips), (shoulders, has_shoulders) = truth.between(HIPS), truth.between(SHOULDERS)
    head, spine = np.linalg.norm(top - neck, axis=-1), shoulders - hips
    torso = np.linalg.norm(spine, axis=-1)
    counted = has & known & has_top & has_neck & has_hips & has_shoulders & (head > 0) & (torso > 0)
    off, head, torso = (midpoint - place)[counted], head[counted], torso[counted]
    distance = np.linalg.norm(off, axis=-1)
    upward = (off * spine[counted]).sum(-1) / torso / head
    of_ends = [np.linalg.norm(found.of(end)[0] - truth.of(end)[0], axis=-1)[counted] / head for end in ends]
    heads = distance / head
    numbers = (
        *(np.median(heads), np.quantile(heads, 0.95), np.median(distance / torso), np.median(upward)),
        *((heads < 0.1).mean(), (heads < 0.5).mean(), np.median(of_ends)),
    )
    return [f'{counted.sum()}', *(f'{number:.3f}' for number in numbers)]
