"""What is odd of all people of an annotation file together, as no single entry shows: told, and read as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

_FEWEST = 10  # people from whom one can tell
_MOST = 0.9  # of the people
_SAME_AREA = 0.01  # relative
_SLACK = 2.0  # pixels beyond a box
_LOPSIDED = 0.1  # of a box's width, by which keypoints lie at its left; of people it is 0.02 and less
_LARGE = 150  # pixels of a picture's shorter side; in smaller ones everything may lie below 100

Odd = tuple[str, str]
"""Kind, and what is there."""


def odd_of_places(boxes: np.ndarray, keypoints: np.ndarray, sizes: np.ndarray) -> Iterator[Odd]:
    """Boxes that are no x, y, width, height in pixels, and keypoints that are none.

    Args:
        boxes: As annotated, ``[N, 4]``, N > 0.
        keypoints: x, y, v, ``[N, K, 3]``.
        sizes: Of each person's image, ``[N, 2]``.
    """
    labelled = keypoints[..., 2] > 0
    at_corner = np.count_nonzero(labelled & (keypoints[..., 0] == 0) & (keypoints[..., 1] == 0))
    if at_corner:
        yield 'corner-keypoints', f'{at_corner} of {np.count_nonzero(labelled)} labelled keypoints'
    if len(boxes) < _FEWEST:
        return
    axes = keypoints[..., 0], keypoints[..., 1]
    lowest = np.stack([np.where(labelled, axis, np.inf).min(1) for axis in axes], 1)  # [N, 2]
    highest = np.stack([np.where(labelled, axis, -np.inf).max(1) for axis in axes], 1)
    first, second = boxes[:, :2], boxes[:, 2:]
    most = max(float((first + second).max()), float(highest.max()))
    if most <= 100 and np.median(sizes.min(1)) > _LARGE:
        unit = '0 to 1' if most <= 1 else '0 to 100'
        yield 'not-pixels', f'everything lies within {unit}, and images are as large as {sizes[0, 0]:g}x{sizes[0, 1]:g}'
        return
    inside = (lowest >= first - _SLACK).all(1) & (highest <= second + _SLACK).all(1)
    margins = (first + second - highest) - (lowest - first)  # more at the right and below than at the left and above
    if inside.mean() >= _MOST and (np.median(margins / second, axis=0) > _LOPSIDED).all():
        yield (
            'box-corners',
            f'as x1, y1, x2, y2 they hold the keypoints of {inside.mean():.0%} of {len(boxes)} people; as x, y, width, '
            f'height they reach far beyond them to the right and below, such as {boxes[0].tolist()}',
        )


def odd_of_areas(boxes: np.ndarray, areas: np.ndarray, annotated: np.ndarray) -> Iterator[Odd]:
    """Areas that are missing, or the boxes'.

    Args:
        boxes: As annotated, ``[N, 4]``.
        areas: ``[N]``.
        annotated: Whether they are in the file, ``[N]``.
    """
    lacking = int((~annotated).sum())
    if lacking:
        yield 'no-area', f'{lacking} of {len(areas)} people'
    if annotated.sum() < _FEWEST:
        return
    share = areas[annotated] / boxes[annotated, 2:].prod(1)
    of_box = share > 1 - _SAME_AREA
    if of_box.mean() >= _MOST:
        larger = int((share > 1 + _SAME_AREA).sum())
        more = f', {larger} of them larger than it' if larger else ''
        yield 'area-of-box', f'{int(of_box.sum())} of {len(share)} areas are width x height of the box{more}'


def odd_of_categories(
    used: Sequence[int | str], listed: Mapping[int | str, Mapping[str, Any]], areas: int
) -> Iterator[Odd]:
    """People of several categories, of one that is not listed, or of the one that Label Studio writes.

    Args:
        used: Of each person.
        listed: Of the file, by id.
        areas: How many people have an area.
    """
    counts = Counter(used)
    named = {identity: repr(listed[identity].get('name')) if identity in listed else None for identity in counts}
    if len(counts) > 1 or listed and None in named.values():
        said = [
            f'{count} of {f"category {identity!r}, which is not listed" if name is None else name}'
            for (identity, count), name in zip(counts.items(), named.values())
        ]
        yield 'categories', ', '.join(said)
    if "'default'" in named.values() and not areas:
        yield 'label-studio', "people are of category 'default' and have no area"
