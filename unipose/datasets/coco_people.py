"""People of COCO's annotation files, read into arrays at once."""

from __future__ import annotations

import os
from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from unipose.compat.oks_evaluation import AREA_PER_BOX
from unipose.files.json_entries import read_json_entries

from .sample_table import SampleTable

_READERS = (
    *('full_init', 'load_data_list', 'filter_data'),
    *('_load_annotations', 'parse_data_info', '_get_topdown_data_infos', '_is_valid_instance'),
)
_IRREGULAR = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def reads_coco_people(kind: type, dataset: Any) -> bool:
    """Whether a dataset of this class reads annotated people as MMPose's BaseCocoStyleDataset does."""
    return (
        all(getattr(kind, name, None) is getattr(BaseCocoStyleDataset, name) for name in _READERS)
        and dataset.data_mode == 'topdown'
        and dataset.sample_interval == 1
        and not dataset.bbox_file
    )


def read_coco_people(dataset: BaseCocoStyleDataset) -> SampleTable | None:
    """What MMPose reads of an annotation file: the same people in the same order, with the same values.

    Args:
        dataset: Knows the file and the folder of the images; gets the file's categories.

    Returns:
        The samples. None where the file is not regular: values of other types, several numbers of keypoints, ids that
        occur twice and the like, of which MMPose has to say itself what it makes.
    """
    people = _People(dataset.data_prefix['img'])
    try:
        content = read_json_entries(dataset.ann_file, dict(images=people.add_image, annotations=people.add_annotation))
        samples = people.samples()
        categories = {category['id']: category for category in content.get('categories', ())}
        known = [categories[category['id']] for category in content.get('categories', ())]
    except _IRREGULAR:
        return None
    if 'categories' in content:
        dataset._metainfo['CLASSES'] = known
    return samples


class _People:
    """Numbers of a file's images and annotations, each list in the order of the file."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.image_places: dict[int, int] = {}  # by id
        self.paths: list[str] = []
        self.image_sizes = array('d')
        self.ids, self.image_ids, self.categories = array('q'), array('q'), array('q')
        self.ids_without = array('q')  # of annotations without box or keypoints
        self.boxes = array('d')  # corners
        self.keypoints, self.numbers = bytearray(), set()
        self.areas, self.without_area = array('d'), array('q')
        self.labelled = bytearray()  # neither a crowd nor without keypoints

    def add_image(self, image: Mapping[str, Any]) -> None:
        """Adds an entry of ``images``."""
        self.image_places[_whole(image['id'])] = len(self.paths)
        self.paths.append(os.path.join(self.folder, image['file_name']))
        self.image_sizes.extend((image['width'], image['height']))

    def add_annotation(self, row: Mapping[str, Any]) -> None:
        """Adds an entry of ``annotations``."""
        number, image, category = _whole(row['id']), _whole(row['image_id']), _whole(row['category_id'])
        if 'bbox' not in row or 'keypoints' not in row:
            self.ids_without.append(number)
            return
        left, top, width, height = row['bbox']
        keypoints = np.array(row['keypoints'], np.float32).reshape(-1, 3)
        labelled = row['num_keypoints'] if 'num_keypoints' in row else int(np.count_nonzero(keypoints[:, :2].max(1)))
        if 'area' not in row:
            self.without_area.append(len(self.ids))
        self.ids.append(number)
        self.image_ids.append(image)
        self.categories.append(category)
        self.boxes.extend((left, top, left + width, top + height))
        self.keypoints += keypoints.tobytes()
        self.numbers.add(len(keypoints))
        self.areas.append(row.get('area', 0))
        self.labelled.append(not row.get('iscrowd', 0) and labelled != 0)

    def samples(self) -> SampleTable:
        """The people whom MMPose takes, image by image.

        Raises:
            ValueError: If ids occur twice, or there are several numbers of keypoints, or none.
        """
        ids, image_ids, without_area = (np.array(each) for each in (self.ids, self.image_ids, self.without_area))
        all_ids = np.concatenate([ids, np.array(self.ids_without)])
        if len(self.image_places) < len(self.paths) or len(np.unique(all_ids)) < len(all_ids):
            raise ValueError('ids occur twice')
        [number] = self.numbers
        places = np.array([self.image_places.get(image, -1) for image in self.image_ids])
        last = np.array(self.image_sizes).reshape(-1, 1, 2)[places] - 1  # pixel of each image
        corners = np.clip(np.array(self.boxes).reshape(-1, 2, 2), 0, last)
        areas = np.array(self.areas)
        areas[without_area] = np.maximum((corners[:, 1] - corners[:, 0]).prod(1) * AREA_PER_BOX, 1.0)[without_area]
        corners = corners.astype(np.float32)
        keypoints = np.frombuffer(self.keypoints, np.float32).reshape(-1, 1, number, 3)
        empty = (corners[:, 1] - corners[:, 0] <= 0).any(1) | (keypoints[..., :2].max((1, 2, 3)) <= 0)
        taken = np.frombuffer(self.labelled, bool) & ~empty & (places >= 0)
        order = np.argsort(places, kind='stable')
        order = order[taken[order]]
        arrays = dict(
            bbox=corners[order].reshape(-1, 1, 4),
            bbox_score=np.ones((len(order), 1), np.float32),
            keypoints=keypoints[order][..., :2].copy(),
            keypoints_visible=np.minimum(1, keypoints[order][..., 2]),
            area=areas.astype(np.float32)[order],
            category_id=np.array(self.categories)[order],
        )
        paths = (self.paths[place] for place in places[order])
        rows = zip(ids[order].tolist(), image_ids[order].tolist(), paths)
        return SampleTable(arrays, (dict(id=one, img_id=image, img_path=path) for one, image, path in rows))


def _whole(number: Any) -> int:
    if type(number) is not int:
        raise TypeError(f'{number!r} is no whole number')
    return number
