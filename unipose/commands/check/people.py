"""Boxes and keypoints of people against each other and their images."""

from __future__ import annotations

import numpy as np

from unipose.files.box_in_picture import described_box, outside

from .annotated_set import AnnotatedPerson, AnnotatedSet

_SLACK_PX = 2.0  # COCO's boxes end up to a pixel beyond the image
_SLACK = 0.05  # of a box's longer side
_OFF_BOX = 0.5  # of a box's longer side; people who are cut or stretch out have some keypoints outside the box
_SAME = 3  # labelled keypoints in the same places that make it the same person


def check_people(people_set: AnnotatedSet) -> None:
    """Notes boxes and keypoints in impossible places, and people who are annotated twice.

    Args:
        people_set: The set; where an image's size is not known, nothing is said of what lies outside.
    """
    first: dict[tuple, AnnotatedPerson] = {}
    for person in people_set.people:
        if person.picture.size is None or _check_box(person, people_set):
            _check_keypoints(person, people_set)
        for key, what in _looks(person):
            other = first.setdefault((id(person.picture), what, *key), person)
            if other is not person:
                people_set.tell('person-twice', person.where, f'the same {what} as annotation {other.id}')
                break


def _check_box(person: AnnotatedPerson, people_set: AnnotatedSet) -> bool:
    """Whether the box lies in the image, at least in part."""
    size = np.array(person.picture.size, np.float64)
    corners = person.box.reshape(2, 2)
    remark = outside(person.where, person.box, person.picture.size)
    if remark:
        people_set.tell(*remark)
        return False
    beyond = max((-corners[0]).max(), (corners[1] - size).max())
    if beyond > _slack(person) and not people_set.boxes_from_scale:
        people_set.tell('box-beyond', person.where, f'{beyond:.0f} px: {described_box(person.box, size)}')
    return True


def _check_keypoints(person: AnnotatedPerson, people_set: AnnotatedSet) -> None:
    if people_set.skeleton is None:
        return
    labelled = person.visible > 0
    outside = np.zeros(len(labelled), bool)
    if person.picture.size is not None:
        size = np.array(person.picture.size, np.float64)
        outside = labelled & (_distance(person.keypoints, np.array([0, 0, *size - 1])) > _slack(person))
    off = labelled & ~outside & (_distance(person.keypoints, person.box) > _OFF_BOX * _longer_side(person))
    names = people_set.skeleton.names
    for kind, which in (('keypoint-outside', outside), ('keypoint-off-box', off)):
        if which.any():
            places = [f'{names[i]} {np.round(person.keypoints[i], 1).tolist()}' for i in np.flatnonzero(which)]
            area = f'image {size[0]:g}x{size[1]:g}' if kind == 'keypoint-outside' else f'box {np.round(person.box, 1)}'
            people_set.tell(kind, person.where, f'{", ".join(places)}; {area}')


def _distance(points: np.ndarray, box: np.ndarray) -> np.ndarray:
    """How far points ``[K, 2]`` are outside a box (x1, y1, x2, y2), along the axis where it is more, ``[K]``."""
    return np.maximum(box[:2] - points, points - box[2:]).max(axis=1)


def _longer_side(person: AnnotatedPerson) -> float:
    return float((person.box[2:] - person.box[:2]).max())


def _slack(person: AnnotatedPerson) -> float:
    return _SLACK_PX + _SLACK * _longer_side(person)


def _looks(person: AnnotatedPerson) -> list[tuple[tuple, str]]:
    """What two people do not share."""
    labelled = person.visible > 0
    places = np.concatenate([person.keypoints, person.visible[:, None]], axis=1)[labelled].round(1)
    keypoints = [((*np.flatnonzero(labelled), *places.ravel()), 'keypoints')] if labelled.sum() >= _SAME else []
    return [*keypoints, (tuple(person.box.round(1)), 'box')]
