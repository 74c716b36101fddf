"""COCO's annotations as :mod:`unipose.files.coco` reads them for training and scoring, and what it says of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from unipose.files.coco import read_boxes, read_people
from unipose.files.coco.images import Images
from unipose.files.remark import Remark

from .annotated_set import AnnotatedPerson, AnnotatedSet, Picture


def read_coco_file(
    file: Path, folder: Path, into: AnnotatedSet, skeleton: int | None = None, whole: int | None = None
) -> None:
    """Reads images and people into a set, and notes what is said of the file.

    Args:
        file: The file.
        folder: Of the images.
        into: The set, with a skeleton.
        skeleton: The number of its keypoints, where no names are compared.
        whole: See :func:`unipose.files.coco.read_people`.

    Raises:
        ValueError: If it is no file in COCO's format.
    """
    people = read_people(file, folder, skeleton or into.skeleton, notes=True, whole=whole)
    pictures = _pictures(people.images, people.has_people, people.remarks, into)
    corners = np.concatenate([people.boxes[:, :2], people.boxes[:, :2] + people.boxes[:, 2:]], 1)
    keypoints = people.keypoints.astype(np.float64)
    into.people += [
        AnnotatedPerson(identity, pictures[place], box, labelled[:, :2], labelled[:, 2])
        for identity, place, box, labelled in zip(people.ids, people.places.tolist(), corners, keypoints)
    ]


def read_coco_boxes(
    file: Path, folder: Path, into: AnnotatedSet, bbox_file: Path | None = None, category: str = 'person'
) -> None:
    """Reads images and boxes of people into a set without a skeleton, and notes what is said of them.

    Args:
        file: The annotation file.
        folder: Of the images.
        into: The set.
        bbox_file: Detection results that take the place of its annotations.
        category: Of people.

    Raises:
        ValueError: If a file is none in COCO's format.
    """
    boxes = read_boxes(file, folder, bbox_file, category)
    pictures = _pictures(boxes.images, boxes.has_people, boxes.remarks, into)
    no_keypoints, no_visible = np.zeros((0, 2)), np.zeros(0)
    into.people += [
        AnnotatedPerson(boxes.ids[row], pictures[place], box, no_keypoints, no_visible)
        for row, (place, box) in enumerate(zip(boxes.places.tolist(), boxes.boxes))
    ]


def _pictures(
    images: Images, has_people: Collection[int], remarks: Sequence[Remark], into: AnnotatedSet
) -> list[Picture]:
    sizes = images.sizes.tolist()
    pictures = [
        Picture(images.ids[place], Path(path), tuple(sizes[place]), has_people=place in has_people)
        for place, path in enumerate(images.paths)
    ]
    into.pictures += pictures
    explained = any(finding.kind == 'keypoint-names' for finding in into.findings)  # of a data.yaml
    for remark in remarks:
        if not (explained and remark.kind == 'keypoint-count'):
            into.tell(*remark)
    return pictures
