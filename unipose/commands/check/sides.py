"""Left and right: pairs of keypoints of one person against each other, and faces against what a face looks like."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unipose.skeletons import Skeleton

from .annotated_set import AnnotatedSet

_OTHERS = 3  # pairs that must agree before another is judged by them
_AGREEMENT = 0.9  # length of the sum of their vectors over the sum of their lengths
_LEAST_WIDTH = 0.05  # of an eye distance that says something, in the person's size
_LEAST_SINE = 0.5  # between the line of the eyes and the line from nose to eyes
_UNUSUAL = 4.0  # standard deviations, from the median deviation, below what a pair usually is
_FEWEST_OF_SET = 10  # people from whom one can tell whether most of a set are swapped
_FEWEST = 30  # people from whom one can tell what is unusual of one
_EYE, _NOSE = 'eye', 'nose'


class _Shape(NamedTuple):
    """Pairs of N people.

    Args:
        vectors: ``[N, P, 2]``, from the right to the left keypoint, in the person's size; 0 where one is not labelled.
        widths: ``[N, P]``, along the direction in which the person's other pairs point; NaN where these do not agree.
        agree: ``[N, P]``, whether a pair points to the side that the sum of the others points to.
    """

    vectors: np.ndarray
    widths: np.ndarray
    agree: np.ndarray


def check_sides(people_set: AnnotatedSet) -> list[str]:
    """Notes people and sets whose left and right look swapped; it needs no other size than the people's own.

    A pair of a person that points against the person's other pairs, which agree, is suspicious if this pair seldom does
    so in the set, which ankles and wrists do; with all people of a set it is a fault. A visible face has its left eye
    at the right of the line from nose to eyes, however the head is turned.

    Returns:
        What could not be checked.
    """
    skeleton, people = people_set.skeleton, people_set.people
    pairs = [] if skeleton is None else left_right_pairs(skeleton)
    if not pairs or not people:
        return ['left and right: no pairs of keypoints whose names say which is the left one'] if skeleton else []
    points = np.stack([person.keypoints for person in people])  # [N, K, 2]
    visible = np.stack([person.visible for person in people])  # [N, K]
    size = _sizes(points, visible)
    shape = _shape(points, visible, size, pairs)
    swapped = _check_pairs(people_set, shape, [skeleton.names[left] for left, _ in pairs])
    face = _face(skeleton, pairs)
    if face is None:
        return ['left and right of the whole set: only a skeleton with a nose and two eyes tells where people face']
    _check_faces(people_set, shape, face, points, visible, size, swapped)
    return []


def left_right_pairs(skeleton: Skeleton) -> list[tuple[int, int]]:
    """Indices (left, right) of mirrored keypoints whose names first differ in an l and an r.

    >>> from unipose.skeletons import load_skeleton
    >>> left_right_pairs(load_skeleton('coco'))[0]
    (1, 2)
    """
    pairs = []
    for index, mirrored in enumerate(skeleton.flip_indices):
        letters = zip(skeleton.names[index].lower(), skeleton.names[mirrored].lower())
        if next((letter for letter in letters if letter[0] != letter[1]), None) == ('l', 'r'):
            pairs.append((index, mirrored))
    return pairs


def _sizes(points: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Root mean square distance of labelled keypoints from their middle, ``[N]``, pixels."""
    weights = (visible > 0)[..., None] / np.maximum((visible > 0).sum(axis=1), 1)[:, None, None]
    middle = (points * weights).sum(axis=1, keepdims=True)
    return np.sqrt((np.square(points - middle) * weights).sum(axis=(1, 2))).clip(min=1e-6)


def _shape(points: np.ndarray, visible: np.ndarray, size: np.ndarray, pairs: list[tuple[int, int]]) -> _Shape:
    left, right = np.array(pairs).T
    known = (visible[:, left] > 0) & (visible[:, right] > 0)  # [N, P]
    vectors = np.where(known[..., None], points[:, left] - points[:, right], 0) / size[:, None, None]
    lengths = np.linalg.norm(vectors, axis=2)
    others = vectors.sum(axis=1, keepdims=True) - vectors  # [N, P, 2]
    length = np.linalg.norm(others, axis=2)
    along = (vectors * others).sum(axis=2) / length.clip(min=1e-6)
    decided = known & (known.sum(axis=1, keepdims=True) > _OTHERS)
    decided &= (length >= _AGREEMENT * (lengths.sum(axis=1, keepdims=True) - lengths)) & (length > 0)
    return _Shape(vectors, np.where(decided, along, np.nan), along >= 0)


def _check_pairs(people_set: AnnotatedSet, shape: _Shape, names: list[str]) -> set[int]:
    """People one of whose pairs points against the others; returns their numbers."""
    unusual: dict[int, tuple[float, str]] = {}
    for name, widths in zip(names, shape.widths.T):
        decided = np.flatnonzero(~np.isnan(widths))
        usual = np.median(widths[decided]) if len(decided) else 0.0
        if usual < 0 and len(decided) >= _FEWEST_OF_SET:
            share = (widths[decided] < 0).mean()
            people_set.tell('swapped-sides', name, f'against the other pairs of {share:.0%} of {len(decided)} people')
        if usual < 0 or len(decided) < _FEWEST:
            continue
        spread = 1.4826 * np.median(np.abs(widths[decided] - usual)) + 1e-6  # as a standard deviation
        for number in decided[widths[decided] < -0.5 * usual].tolist():
            deviation = (widths[number] - usual) / spread
            if deviation < min(-_UNUSUAL, unusual.get(number, (0.0, ''))[0]):
                unusual[number] = deviation, name
    for number, (_, name) in sorted(unusual.items()):
        people_set.tell('swapped-person', people_set.people[number].where, f'{name} against the other pairs')
    return set(unusual)


def _face(skeleton: Skeleton, pairs: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Number of the pair of eyes and index of the nose."""
    eyes = [number for number, (left, _) in enumerate(pairs) if _EYE in skeleton.names[left].lower()]
    middle = [i for i, mirrored in enumerate(skeleton.flip_indices) if i == mirrored]
    noses = [i for i in middle if _NOSE in skeleton.names[i].lower()]
    return (eyes[0], noses[0]) if len(eyes) == len(noses) == 1 else None


def _check_faces(
    people_set: AnnotatedSet,
    shape: _Shape,
    face: tuple[int, int],
    points: np.ndarray,
    visible: np.ndarray,
    size: np.ndarray,
    told: set[int],
) -> None:
    pair, nose = face
    left, right = left_right_pairs(people_set.skeleton)[pair]
    seen = (visible[:, [left, right, nose]] == max(visible.max(), 1)).all(axis=1)
    across = shape.vectors[:, pair]
    up = (0.5 * (points[:, left] + points[:, right]) - points[:, nose]) / size[:, None]
    lengths = np.linalg.norm(across, axis=1), np.linalg.norm(up, axis=1)
    sine = (across[:, 0] * up[:, 1] - across[:, 1] * up[:, 0]) / np.maximum(lengths[0] * lengths[1], 1e-6)
    clear = seen & (np.minimum(*lengths) > _LEAST_WIDTH) & (np.abs(sine) > _LEAST_SINE)
    wrong = clear & (sine > 0)  # y points down
    if clear.sum() >= _FEWEST_OF_SET and wrong.sum() > 0.5 * clear.sum():
        what = f'the left eye is where the right one belongs in {wrong.sum()} of {clear.sum()} faces'
        people_set.tell('swapped-sides', 'faces', what)
        return
    # where the body contradicts the eyes, it is the nose or the eyes that are scattered
    for number in np.flatnonzero(wrong & shape.agree[:, pair]):
        if number not in told:
            where = people_set.people[number].where
            people_set.tell('swapped-person', where, 'the left eye is where the right one of a visible face belongs')
