"""Keypoints half-way between two that a skeleton has: what a teacher lacks and still can speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .skeleton import Keypoint, Skeleton


def with_midpoints(skeleton: Skeleton, derived: Mapping[str, Sequence[str]]) -> Skeleton:
    """The skeleton and, after its keypoints, points half-way between two of them.

    Args:
        skeleton: What a teacher knows.
        derived: The two ends of each new keypoint, ``{'pelvis': ('left_hip', 'right_hip')}``.

    Returns:
        The larger skeleton. No sigma is known of the new keypoints: in a union they get that of a skeleton which has
        the keypoint itself.

    Raises:
        ValueError: If a name is taken, its ends are not two known keypoints, or its mirror image is not derived as
            well; all problems at once.

    >>> from .loading import load_skeleton
    >>> with_midpoints(load_skeleton('coco'), {'pelvis': ('left_hip', 'right_hip')}).names[-2:]
    ('right_ankle', 'pelvis')
    """
    problems, mirrored = [], {}
    for name, ends in derived.items():
        if name in skeleton.names:
            problems.append(f'{name} is a keypoint already')
        if isinstance(ends, str) or len(ends) != 2 or ends[0] == ends[1]:
            problems.append(f'{name} must lie between two keypoints. Got: {ends!r}')
        elif unknown := [end for end in ends if end not in skeleton.names]:
            problems.append(f'{name} lies between unknown keypoints: {unknown}')
        else:
            mirrored[name] = frozenset(skeleton.names[skeleton.flip_indices[skeleton.index(end)]] for end in ends)
    between = {frozenset(derived[name]): name for name in mirrored}
    problems += [
        f'{name} has no mirror image: derive the point between {sorted(ends)} too'
        for name, ends in mirrored.items()
        if ends not in between
    ]
    if problems:
        raise ValueError(
            f'keypoints cannot be derived from {skeleton.name!r}, which has {list(skeleton.names)}:\n  - '
            + '\n  - '.join(problems)
        )
    midpoints = []
    for name, ends in mirrored.items():
        mirror = between[ends]
        types = {skeleton.keypoints[skeleton.index(end)].type for end in ends}
        body_half = types.pop() if len(types) == 1 else ''
        midpoints.append(Keypoint(name, None, swap='' if mirror == name else mirror, type=body_half))
    return replace(skeleton, keypoints=(*skeleton.keypoints, *midpoints))
