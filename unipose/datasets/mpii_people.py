"""People of MPII's annotation files as samples, read and judged by :mod:`unipose.files.mpii_people`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mmpose.datasets import MpiiDataset
from scipy.io import loadmat

from unipose.compat.oks_evaluation import AREA_PER_BOX
from unipose.files.box_in_picture import outside
from unipose.files.coco import AnnotationError
from unipose.files.mpii_people import MpiiPeople, read_mpii_people, where
from unipose.files.picture_sizes import picture_sizes
from unipose.files.remark import Remark
from unipose.skeletons import Skeleton

from .heed import heed
from .sample_table import SampleTable

_READERS = ('full_init', 'load_data_list', 'filter_data', '_load_annotations', '_get_topdown_data_infos')
_HEADS = 'headboxes_src'
_HEAD_SIZE = 0.6  # of a head box's diagonal, as MPII has it
_DIGITS = 20  # of a name that is a number


def reads_mpii_people(kind: type) -> bool:
    """Whether a dataset of this class reads people as MMPose's MpiiDataset does."""
    return issubclass(kind, MpiiDataset) and all(getattr(kind, one) is getattr(MpiiDataset, one) for one in _READERS)


def samples_of_mpii(dataset: MpiiDataset, skeleton: Skeleton | None = None) -> SampleTable:
    """The people of an annotation file: as MMPose reads them, but for what MMPose fails at.

    Images may have any name; ``img_id`` is its number, or the name itself. What is odd about the file is logged.

    Args:
        dataset: Knows the files and the folder of the images.
        skeleton: The keypoints; None is that of the metainfo.

    Raises:
        ValueError: If something in a file is wrong; the first few problems of each kind are listed.
    """
    if dataset.bbox_file:
        raise AnnotationError(
            f"bbox_file {dataset.bbox_file} takes COCO's annotations, of which it names images, and {dataset.ann_file} "
            "is of MPII's layout; leave bbox_file out"
        )
    skeleton = skeleton or Skeleton.from_metainfo(dataset.metainfo)
    people = read_mpii_people(dataset.ann_file, dataset.data_prefix['img'], skeleton)
    heed(dataset.ann_file, people.remarks)
    heed(dataset.ann_file, _outside(people))
    sides = people.boxes[:, 2:] - people.boxes[:, :2]
    arrays = dict(
        bbox=people.boxes[:, None],
        bbox_score=np.ones((len(people), 1), np.float32),
        keypoints=people.joints[:, None],
        keypoints_visible=people.visible[:, None],
        area=np.maximum(sides.prod(1, keepdims=True) * np.float32(AREA_PER_BOX), 1),
    )
    if dataset.headbox_file:
        arrays['head_size'] = _head_sizes(dataset.headbox_file, people.entries)[people.numbers]
    others = (
        dict(id=number, img_id=_image_id(name), img_path=path, category_id=[1])
        for number, name, path in zip(people.numbers, people.names, people.paths)
    )
    return SampleTable(arrays, others)


def _outside(people: MpiiPeople) -> list[Remark]:
    """What is to be said of people who are in no picture; the file does not say how large pictures are."""
    sizes = dict(zip(people.images, picture_sizes(list(people.images.values()))))
    remarks = (
        outside(where(number, name), box, sizes[name])
        for number, name, box in zip(people.numbers, people.names, people.boxes)
        if sizes[name] is not None
    )
    return [remark for remark in remarks if remark]


def _image_id(name: str) -> int | str:
    stem = name.partition('.')[0]
    return int(stem) if stem.isdecimal() and len(stem) < _DIGITS else name


def _head_sizes(file: str | Path, entries: int) -> np.ndarray:
    """Of each entry of the annotation file, ``[N, 1, 1]``, pixels.

    Raises:
        AnnotationError: If the file has not that many.
    """
    try:
        corners: Any = loadmat(file)[_HEADS]  # [2, 2, N]
    except KeyError:
        raise AnnotationError(f"headbox_file {file} lacks {_HEADS}; it is MPII's mpii_gt_val.mat") from None
    except (ValueError, TypeError, NotImplementedError) as error:
        raise AnnotationError(
            f"headbox_file {file} is no MATLAB file ({error}); it is MPII's mpii_gt_val.mat"
        ) from error
    if np.shape(corners) != (2, 2, entries):
        raise AnnotationError(
            f'headbox_file {file} has {_HEADS} of shape {list(np.shape(corners))}, and the annotation file {entries} '
            'people, in the same order; give the two that belong together'
        )
    return _HEAD_SIZE * np.linalg.norm(corners[1] - corners[0], axis=0)[:, None, None]
