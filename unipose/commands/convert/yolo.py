"""An Ultralytics pose dataset, converted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from unipose.compat.oks_evaluation import AREA_PER_BOX
from unipose.files.yolo_pose import read_yolo_pose
from unipose.files.yolo_pose.as_coco import LEFT_OUT
from unipose.skeletons import Skeleton

from .converted import Converted


def read_yolo(file: Path, skeleton: Skeleton, split: str, classes: Sequence[str] | None = None) -> Converted:
    """Reads a split, see :func:`unipose.files.yolo_pose.read_yolo_pose`.

    Raises:
        FileNotFoundError: If the file, or the images of the split, are missing.
        ValueError: If keypoints are not those of the skeleton, rows cannot be read, or there is no such split or class.
    """
    people = read_yolo_pose(file, split, classes, skeleton)
    people.check()
    counts = Counter(remark.kind for remark in people.remarks)
    left_out = Counter({title: counts[kind] for kind, title in LEFT_OUT.items() if counts[kind]})
    return Converted(people.content, people.root, left_out, [f'area is {AREA_PER_BOX} of the box: labels have none'])
