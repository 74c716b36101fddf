"""People of COCO's annotation files as samples, read and judged by :mod:`unipose.files.coco`."""

from __future__ import annotations

import numpy as np
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from unipose.files.coco import AnnotationError, CocoPeople, read_boxes, read_people
from unipose.skeletons import Skeleton

from .heed import heed, heed_sizes
from .sample_table import SampleTable

_READERS = (
    *('full_init', 'load_data_list', 'filter_data'),
    *('_load_annotations', 'parse_data_info', '_get_topdown_data_infos', '_is_valid_instance'),
    '_load_detection_results',
)


def reads_coco_people(kind: type) -> bool:
    """Whether a dataset of this class reads people as MMPose's BaseCocoStyleDataset does, and no more than they."""
    return all(getattr(kind, name, None) is getattr(BaseCocoStyleDataset, name) for name in _READERS)


def read_coco_people(
    dataset: BaseCocoStyleDataset,
    skeleton: Skeleton | int | None = None,
    name: str | None = None,
    whole: int | None = None,
) -> SampleTable:
    """The people of an annotation file: as MMPose reads them, but for what MMPose fails at or makes something else of.

    A person is who has a keypoint with v > 0 and is no crowd, whatever ``num_keypoints`` says; ids may be texts. The
    order is that of images, then of annotations. What is odd about the file is logged. With a ``bbox_file``, they are
    its boxes in their order, and have no keypoints, all of which MMPose calls visible.

    Args:
        dataset: Knows the file and the folder of the images; gets the file's categories.
        skeleton: The keypoints, or their number, with which no names are compared; None is that of the metainfo.
        name: What to call the file, where it is made of another one.
        whole: See :func:`unipose.files.coco.read_people`.

    Raises:
        ValueError: If something in the file is wrong; the first few problems of each kind are listed.
    """
    if dataset.bbox_file:
        return _read_detections(dataset)
    wanted = dataset.metainfo['num_keypoints'] if skeleton is None else skeleton
    people = read_people(dataset.ann_file, dataset.data_prefix['img'], wanted, whole=whole)
    heed(name or dataset.ann_file, people.remarks)
    if name is None:  # else sizes are the images' own
        heed_sizes(dataset.ann_file, people.images, people.places)
    if people.listed:
        dataset._metainfo['CLASSES'] = list(people.listed.values())
    return _samples(_drawn(dataset, people))


def _drawn(dataset: BaseCocoStyleDataset, people: CocoPeople) -> CocoPeople:
    """People of the images that ``sample_interval`` leaves, as MMPose picks them."""
    interval = dataset.sample_interval
    if interval == 1:
        return people
    if dataset.test_mode:
        raise AnnotationError(f'sample_interval={interval} is for training; scores are of all people of a file')
    ids = people.images.ids.take(people.places.tolist())
    if type(interval) is not int or interval < 1 or any(type(one) is not int for one in ids):
        raise AnnotationError(
            f'sample_interval must be a whole number above 0, and ids of images whole numbers. Got: {interval!r}'
        )
    drawn = [row for row, one in enumerate(ids) if one % interval == 0]
    if not drawn:
        raise AnnotationError(f'sample_interval={interval} leaves none of {len(people)} people: no id of an image fits')
    return people.take(drawn)


def _samples(people: CocoPeople) -> SampleTable:
    images, keypoints, places = people.images, people.keypoints[:, None], people.places  # [N, 1, K, 3]
    arrays = dict(
        bbox=people.corners.astype(np.float32)[:, None],
        bbox_score=np.ones((len(people), 1), np.float32),
        keypoints=keypoints[..., :2].copy(),
        keypoints_visible=np.minimum(1, keypoints[..., 2]),
        area=people.areas.astype(np.float32),
        annotated_shape=images.sizes[places, ::-1].astype(np.float32),
    )
    ids = zip(people.ids, places.tolist())
    others = (dict(id=one, img_id=images.ids[place], img_path=images.paths[place]) for one, place in ids)
    if all(type(category) is int for category in people.categories):
        arrays['category_id'] = np.array(people.categories)
    else:
        others = (dict(other, category_id=np.array(one)) for other, one in zip(others, people.categories))
    return SampleTable(arrays, others)


def _read_detections(dataset: BaseCocoStyleDataset) -> SampleTable:
    boxes = read_boxes(dataset.ann_file, dataset.data_prefix['img'], dataset.bbox_file)
    heed(f'{dataset.bbox_file} (images of {dataset.ann_file})', boxes.remarks)
    heed_sizes(dataset.ann_file, boxes.images, boxes.places)
    images, number, keypoints = boxes.images, len(boxes), dataset.metainfo['num_keypoints']
    arrays = dict(
        bbox=boxes.boxes.astype(np.float32)[:, None],
        bbox_score=boxes.scores.astype(np.float32)[:, None],
        keypoints=np.zeros((number, 1, keypoints, 2), np.float32),
        keypoints_visible=np.ones((number, 1, keypoints), np.float32),
        annotated_shape=images.sizes[boxes.places, ::-1].astype(np.float32),
    )
    places = enumerate(boxes.places.tolist())
    return SampleTable(
        arrays, (dict(id=row, img_id=images.ids[place], img_path=images.paths[place]) for row, place in places)
    )
