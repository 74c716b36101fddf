"""An annotation file read entry by entry, with what was found wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from unipose.skeletons import Skeleton

from .finding import Finding


@dataclass
class Picture:
    """An image that a file lists.

    Args:
        id: Its id; MPII's have none.
        path: Its file.
        size: Width and height, pixels, as the file says, and later the image itself; None where nothing says it.
        has_people: Whether there is somebody in it to learn from, also if wrongly annotated.
    """

    id: Any
    path: Path
    size: tuple[float, float] | None
    has_people: bool = False


@dataclass(frozen=True)
class AnnotatedPerson:
    """A person who can be read.

    Args:
        id: Of the annotation.
        picture: The image.
        box: ``[4]``, x1, y1, x2, y2, pixels from 0.
        keypoints: ``[K, 2]``, pixels from 0; no rows where only boxes are annotated.
        visible: ``[K]``, as in the file; above 0 is labelled.
    """

    id: Any
    picture: Picture
    box: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray

    @property
    def where(self) -> str:
        """Which one it is, for the report."""
        return where(self.id, self.picture)


@dataclass
class AnnotatedSet:
    """What an annotation file holds.

    Args:
        name: Split and source, such as ``train coco``.
        skeleton: Its keypoints; None where only boxes are annotated.
        boxes_from_scale: Boxes are squares around a centre, MPII's, which reach beyond images.
    """

    name: str
    skeleton: Skeleton | None
    boxes_from_scale: bool = False
    pictures: list[Picture] = field(default_factory=list)
    people: list[AnnotatedPerson] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def tell(self, kind: str, where: str, what: str) -> None:
        """Notes a finding."""
        self.findings.append(Finding(kind, self.name, where, what))


def where(identity: Any, picture: Picture) -> str:
    """Which annotation it is, for the report."""
    return f'annotation {identity} of {picture.path.name}'
