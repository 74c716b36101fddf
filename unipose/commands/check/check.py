"""Checks sets: their files entry by entry, their images, and what is left of them in training."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

from mmengine.registry import init_default_scope

from unipose.console.mistakes import error_message
from unipose.datasets.source import Source
from unipose.files.coco import HALPE_BODY, HALPE_WHOLE
from unipose.files.yolo_pose import read_yolo_pose
from unipose.skeletons import load_skeleton

from .annotated_set import AnnotatedSet
from .coco_file import read_coco_boxes, read_coco_file
from .finding import KINDS
from .mpii_file import read_mpii_file
from .people import check_people
from .pictures import check_pictures, look_at_all
from .result import CheckedSet, Report
from .set_spec import SetSpec, check_file
from .shared_pictures import check_shared
from .sides import check_sides

_NO_IMAGES = 'images; those in train and val are found where it is the same file'


def check_sets(specs: Sequence[SetSpec], workers: int | None = 4) -> Report:
    """Checks sets, and the images of val sets against those of train sets.

    Args:
        specs: The sets.
        workers: Threads that read images; None reads no image.

    Raises:
        FileNotFoundError: If an annotation file is missing.
        ValueError: If a file is no annotation file of its dataset.
    """
    sets = [_read(spec) for spec in specs]
    looks = {} if workers is None else look_at_all(sets, workers)
    unchecked = [_NO_IMAGES] if workers is None else []
    for one in sets:
        check_pictures(one, looks)
        check_people(one)
        unchecked += [f'{one.name}: {what}' for what in check_sides(one)]
        unchecked += [f'{one.name}: keypoints; it has no skeleton, so only boxes are read'] * (one.skeleton is None)
    of_split = {name: [one for spec, one in zip(specs, sets) if spec.split == name] for name in ('train', 'val')}
    check_shared(of_split['train'], of_split['val'], looks)
    checked = [
        CheckedSet(one.name, str(spec.ann_file), len(one.pictures), len(one.people), _count_used(spec, one))
        for spec, one in zip(specs, sets)
    ]
    return Report(checked, [finding for one in sets for finding in one.findings], unchecked)


def _read(spec: SetSpec) -> AnnotatedSet:
    """The entries of an annotation file.

    Raises:
        FileNotFoundError: If it, or the image folder, is missing.
        ValueError: If it is none.
    """
    dataset, skeleton = spec.options['dataset'], spec.options.get('skeleton')
    into = AnnotatedSet(spec.name, None if skeleton is None else load_skeleton(skeleton))
    if dataset.get('type') == 'YoloPoseDataset':
        people = read_yolo_pose(spec.ann_file, dataset.get('split'), dataset.get('classes'), into.skeleton)
        for remark in people.remarks:
            into.tell(*remark)
        with people.written() as file:
            if into.skeleton is None:
                read_coco_boxes(Path(file), people.root, into, category=people.content['categories'][0]['name'])
            else:
                read_coco_file(Path(file), people.root, into)
        return into
    check_file(spec.ann_file)
    if not spec.images.is_dir():
        raise FileNotFoundError(f'no image folder {spec.images}, of {spec.ann_file}')
    if dataset.get('type') == 'MpiiDataset':
        read_mpii_file(spec.ann_file, spec.images, into)
    elif into.skeleton is None:
        bbox_file = dataset.get('bbox_file') and Path(dataset['bbox_file'])
        read_coco_boxes(spec.ann_file, spec.images, into, bbox_file, dataset.get('category', 'person'))
    elif dataset.get('type') == 'HalpeBodyDataset':
        read_coco_file(spec.ann_file, spec.images, into, HALPE_BODY, HALPE_WHOLE)
    else:
        read_coco_file(spec.ann_file, spec.images, into)
    return into


def _count_used(spec: SetSpec, read: AnnotatedSet) -> int | None:
    """How many people the dataset's own class leaves in; None if it fails, for a reason that is told by now."""
    init_default_scope('mmpose')
    test_mode = spec.split == 'val' and read.skeleton is not None
    union = read.skeleton or load_skeleton('coco')  # which boxes alone have none of
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools tells its progress
            return len(Source(spec.name, union=union, test_mode=test_mode, **spec.options))
    except Exception as error:  # malformed files raise anything
        if not any(KINDS[finding.kind].level == 'fault' for finding in read.findings):
            read.tell('does-not-load', str(spec.ann_file), error_message(error))
        return None
