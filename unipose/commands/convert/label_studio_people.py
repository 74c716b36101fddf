"""Rectangles and keypoints of a Label Studio annotation, and whose keypoints are whose."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_RECTANGLE, _KEYPOINT, _RELATION = 'rectanglelabels', 'keypointlabels', 'relation'

Named = dict[str, np.ndarray]
"""Places ``[2]`` of keypoints by name, shares of the image's width and height."""


@dataclass(frozen=True)
class Shapes:
    """Rectangles and keypoints of an annotation.

    Args:
        boxes: By id, the corners ``[2, 2]`` of a rectangle, shares of the image's width and height.
        keypoints: Name, place ``[2]`` and id of the person's rectangle, or of another shape, of each; None where
            nothing says whose it is.
        sizes: Widths and heights of the image as it was shown, pixels.
        turned: Whether it was shown turned.
    """

    boxes: dict[str, np.ndarray]
    keypoints: list[tuple[str, np.ndarray, str | None]]
    sizes: set[tuple[float, float]]
    turned: bool

    @classmethod
    def of(cls, results: Sequence[Mapping[str, Any]], left_out: Counter[str]) -> Shapes:
        """Reads the results of an annotation, and counts those that are neither."""
        of_type = {kind: [one for one in results if one.get('type') == kind] for kind in (_RECTANGLE, _KEYPOINT)}
        left_out.update(
            f'results of type {one.get("type")}'
            for one in results
            if one.get('type') not in (_RECTANGLE, _KEYPOINT, _RELATION)
        )
        both = [*of_type[_RECTANGLE], *of_type[_KEYPOINT]]
        boxes = {one['id']: _corners(one) for one in of_type[_RECTANGLE]}
        related = _related(results, boxes)
        keypoints = []
        for one in of_type[_KEYPOINT]:
            parent = one.get('parentID') or related.get(one['id'])
            place = np.array([one['value']['x'], one['value']['y']]) / 100
            names = one['value'].get(_KEYPOINT) or ()
            if not names:
                left_out['keypoints without a name'] += 1
            keypoints += [(str(name), place, parent) for name in names]
        return cls(
            boxes=boxes,
            keypoints=keypoints,
            sizes={(one['original_width'], one['original_height']) for one in both},
            turned=any(one.get('image_rotation') for one in both),
        )


def people_of(shapes: Shapes, left_out: Counter[str]) -> Iterator[tuple[np.ndarray | None, Named]]:
    """People, each a box (as Shapes has it; None without a rectangle) and keypoints; counts what belongs to nobody."""
    parents = [*shapes.boxes, *(parent for _, _, parent in shapes.keypoints if parent is not None)]
    people: dict[str | None, Named] = {parent: {} for parent in parents}
    only, several = next(iter(people), None), len(people) > 1
    repeated: Counter[str | None] = Counter()
    for name, place, parent in shapes.keypoints:
        if parent is None and several:
            left_out['keypoints that nothing links to one of several people'] += 1
            continue
        owner = only if parent is None else parent
        named = people.setdefault(owner, {})
        repeated[owner] += name in named
        named.setdefault(name, place)
    for owner, named in people.items():
        if owner is None and repeated[owner]:  # of several people, of whom nothing tells which keypoint is whose
            left_out['pictures without rectangles that have a keypoint twice'] += 1
        elif not named:
            left_out['rectangles without keypoints'] += 1
        else:
            if repeated[owner]:
                left_out['keypoints that a person has twice, but for the first'] += repeated[owner]
            yield shapes.boxes.get(owner), named


def _related(results: Sequence[Mapping[str, Any]], boxes: Mapping[str, Any]) -> dict[str, str]:
    """Rectangles that relations connect with something else, by its id."""
    found = {}
    for one in results:
        if one.get('type') == _RELATION:
            for own, other in ((one['from_id'], one['to_id']), (one['to_id'], one['from_id'])):
                if other in boxes:
                    found[own] = other
    return found


def _corners(result: Mapping[str, Any]) -> np.ndarray:
    """Corners of the upright box around a rectangle, which may be turned around its first corner."""
    value, shown = result['value'], np.array([result['original_width'], result['original_height']]) / 100
    extent = np.array([value['width'], value['height']]) * shown
    angle = math.radians(value.get('rotation') or 0)
    right = extent[0] * np.array([math.cos(angle), math.sin(angle)])
    down = extent[1] * np.array([-math.sin(angle), math.cos(angle)])
    corners = np.array([value['x'], value['y']]) * shown + [0 * right, right, down, right + down]
    return np.array([corners.min(0), corners.max(0)]) / shown / 100
