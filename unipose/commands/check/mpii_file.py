"""MPII's annotations as :mod:`unipose.files.mpii_people` reads them for training, and what it says of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from unipose.files.mpii_people import FIRST_PIXEL, read_mpii_people

from .annotated_set import AnnotatedPerson, AnnotatedSet, Picture


def read_mpii_file(file: Path, folder: Path, into: AnnotatedSet) -> None:
    """Reads people and their images into a set, and notes what is said of the file.

    Args:
        file: The file.
        folder: Of the images.
        into: The set, with a skeleton.

    Raises:
        ValueError: If it is no file in MPII's format.
    """
    into.boxes_from_scale = True
    people = read_mpii_people(file, folder, into.skeleton)
    for remark in people.remarks:
        into.tell(*remark)
    pictures = {name: Picture(None, Path(path), None, has_people=True) for name, path in people.images.items()}
    into.pictures += pictures.values()
    rows = zip(people.numbers, people.names, people.boxes, people.joints, people.visible)
    into.people += [
        AnnotatedPerson(
            number, pictures[name], box.astype(np.float64), joints.astype(np.float64) - FIRST_PIXEL, visible
        )
        for number, name, box, joints, visible in rows
    ]
