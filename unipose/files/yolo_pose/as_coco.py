"""An Ultralytics pose dataset as annotations in COCO's format, which everything else reads."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from unipose.files.coco_person import coco_person
from unipose.files.read_image import DamagedImageError
from unipose.files.read_image_size import read_image_size
from unipose.files.remark import Remark
from unipose.skeletons import Skeleton

from .data_yaml import DataYaml
from .differences import differences
from .label_rows import LabelRow, read_rows

_FAULTS = {
    'keypoint-names': 'differences from the skeleton',
    'broken-row': 'rows that cannot be read',
}
LEFT_OUT = {
    'left-out': 'rows of other classes',
    'person-twice': 'rows that repeat another',
    'missing-image': 'images that are not there',
    'damaged-image': 'images that cannot be read',
}
"""Kinds of remarks on what is not among the people, and what they count."""
_THREADS = 8
_SHOWN = 5


@dataclass(frozen=True)
class YoloPose:
    """A split of a dataset.

    Args:
        file: Its ``data.yaml``.
        split: Its name.
        root: The folder that names of images are relative to.
        num_keypoints: Of each person.
        content: COCO's ``images``, ``annotations`` and ``categories``; all people are of category 1.
        remarks: What is wrong, and what was left out.
    """

    file: Path
    split: str
    root: Path
    num_keypoints: int
    content: dict[str, Any]
    remarks: Sequence[Remark]

    def check(self) -> None:
        """Makes sure that it can be trained on.

        Raises:
            ValueError: If keypoints are not those of the skeleton, or rows cannot be read; the first few are listed.
        """
        found = [remark for remark in self.remarks if remark.kind in _FAULTS]
        if found:
            shown = [str(remark) for remark in found[:_SHOWN]] + ['...'] * (len(found) > _SHOWN)
            raise ValueError(f'{self.file}, {self.split}, has {self._counted(_FAULTS)}:\n  - ' + '\n  - '.join(shown))
        if not self.content['annotations']:
            image = self.root / next((image['file_name'] for image in self.content['images']), '')
            raise ValueError(f'nobody is labelled in {self.summary()} (the labels of {image} are {_label_of(image)})')

    def summary(self) -> str:
        """What it holds, and what was left out, in a line."""
        images, people = (len(self.content[key]) for key in ('images', 'annotations'))
        left_out = self._counted(LEFT_OUT)
        return f'{self.file}, {self.split}: {images} images, {people} people' + (
            f'; left out: {left_out}' if left_out else ''
        )

    def digest(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self._encoded).hexdigest()

    @contextmanager
    def written(self) -> Iterator[str]:
        """A file in COCO's format, for as long as it is read."""
        with TemporaryDirectory() as folder:
            file = Path(folder) / 'people.json'
            file.write_bytes(self._encoded)
            yield str(file)

    @cached_property
    def _encoded(self) -> bytes:
        return json.dumps(self.content).encode()

    def _counted(self, kinds: dict[str, str]) -> str:
        counts = Counter(remark.kind for remark in self.remarks)
        return ', '.join(f'{counts[kind]} {title}' for kind, title in kinds.items() if counts[kind])


def read_yolo_pose(
    file: str | Path, split: str, classes: str | Sequence[str] | None = None, skeleton: Skeleton | None = None
) -> YoloPose:
    """Reads a split of a dataset.

    Images are numbered in order of their names, people in order of images and rows. An image without label file, or
    with an empty one, has no people. Coordinates are shares of the picture as it is decoded, turned as EXIF says. Areas
    are those of :func:`unipose.files.coco_person.coco_person`.

    Args:
        file: The ``data.yaml``.
        split: ``train``, ``val`` or ``test``.
        classes: Names of the classes whose rows are people; None where there is but one.
        skeleton: What ``kpt_shape``, ``flip_idx`` and ``kpt_names`` are compared with; None compares nothing.

    Raises:
        FileNotFoundError: If the file, or the images of the split, are missing.
        ValueError: If the file is none of a pose dataset, has no such split, or several classes and none is chosen.
        OSError: If the machine is why an image cannot be read.
    """
    data = DataYaml.read(file)
    ids = data.chosen(classes)
    root, paths = data.images(split)

    def read(path: Path) -> tuple[tuple[int, int] | Remark, list[LabelRow], list[Remark]]:
        label = _label_of(path)
        return _size(path, root), *read_rows(label, os.path.relpath(label, root), data, ids)

    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(read, paths))
    names = [data.names[number] for number in ids]
    keypoints = list(skeleton.published) if skeleton and len(skeleton) == data.num_keypoints else []
    content: dict[str, Any] = dict(
        categories=[dict(id=1, name='+'.join(names), keypoints=keypoints)], images=[], annotations=[]
    )
    wrong = differences(data, skeleton, ids) if skeleton else []
    remarks = [Remark('keypoint-names', str(data.file), what) for what in wrong]
    for image_id, (path, (size, people, own)) in enumerate(zip(paths, found), start=1):
        remarks += own
        if isinstance(size, Remark):
            remarks.append(size)
            continue
        width, height = size
        name = Path(os.path.relpath(path, root)).as_posix()
        content['images'].append(dict(id=image_id, file_name=name, width=width, height=height))
        for person in people:
            annotation = dict(id=len(content['annotations']) + 1, image_id=image_id, category_id=1, iscrowd=0)
            content['annotations'].append(annotation | _in_pixels(person, np.array([width, height])))
    return YoloPose(data.file, split, root, data.num_keypoints, content, remarks)


def _label_of(image: Path) -> Path:
    """``labels/a.txt`` of ``images/a.jpg``, by the last of several such folders; beside it where there is none.

    Where folders are links, labels lie beside the link, or, as Ultralytics looks for them, beside what it leads to.
    """
    label = _label_beside(image)
    return label if label.is_file() else _label_beside(image.parent.resolve() / image.name)


def _label_beside(image: Path) -> Path:
    folders = list(image.parts[:-1])
    if 'images' in folders:
        folders[len(folders) - 1 - folders[::-1].index('images')] = 'labels'
    return Path(*folders, f'{image.stem}.txt')


def _size(path: Path, root: Path) -> tuple[int, int] | Remark:
    try:
        return read_image_size(path)
    except DamagedImageError as error:
        kind = 'damaged-image' if path.is_file() else 'missing-image'
        return Remark(kind, os.path.relpath(path, root), str(error).removeprefix(f'{path}: '))


def _in_pixels(person: LabelRow, size: np.ndarray) -> dict[str, Any]:
    center, extent = person.box[:2] * size, person.box[2:] * size
    keypoints = np.concatenate([person.keypoints[:, :2] * size, person.keypoints[:, 2:]], 1)
    return coco_person(np.concatenate([center - extent / 2, extent]), keypoints)
