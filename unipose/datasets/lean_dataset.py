"""MMPose datasets that keep of each sample what is used, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.dataset import BaseDataset
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS

from unipose.skeletons import Skeleton

from .coco_people import read_coco_people, reads_coco_people
from .mpii_people import reads_mpii_people, samples_of_mpii
from .sample_table import SampleTable

USED = (
    *('id', 'img_id', 'img_path', 'annotated_shape', 'bbox', 'bbox_score', 'category_id', 'area', 'head_size'),
    *('keypoints', 'keypoints_visible'),
)
"""Keys of samples that are kept."""
_OUTLINES, _COPY = 'segmentation', 'raw_ann_info'


def build_lean(config: Mapping[str, Any], skeleton: Skeleton | None = None) -> BaseDataset:
    """Builds an MMPose dataset that holds, as a :class:`SampleTable`, what is used of its samples (:data:`USED`).

    MMPose keeps each annotation twice, with its outlines, in every rank: three times the memory, of COCO's people
    hundreds of MB, and a third more time to read them. COCO's files are read by :mod:`.coco_people`, in a fraction of
    the time, MPII's by :mod:`.mpii_people`.

    Args:
        config: Of the dataset.
        skeleton: The keypoints; None compares no names.
    """
    kind = DATASETS.get(config['type'])
    if kind is None or not issubclass(kind, BaseDataset):
        return DATASETS.build(config)

    def load_data_list(self: BaseDataset) -> list[dict[str, Any]] | SampleTable:
        if reads_coco_people(kind):
            return read_coco_people(self, skeleton)
        if reads_mpii_people(kind):
            return samples_of_mpii(self, skeleton)
        return kind.load_data_list(self)

    def parse_data_info(self: BaseDataset, raw_data_info: dict[str, Any]) -> dict | list | None:
        if kind.parse_data_info is BaseCocoStyleDataset.parse_data_info:  # which copies the annotation
            annotation = {key: value for key, value in raw_data_info['raw_ann_info'].items() if key != _OUTLINES}
            raw_data_info = dict(raw_data_info, raw_ann_info=annotation)
        info = kind.parse_data_info(self, raw_data_info)
        if isinstance(info, dict):
            info.pop(_COPY, None)  # at once: all of them together are as large as the file
        return info

    lean = dict(load_data_list=load_data_list, parse_data_info=parse_data_info)
    dataset = DATASETS.build({**config, 'type': type(kind.__name__, (kind,), lean), 'serialize_data': False})
    dataset.full_init()
    if not isinstance(dataset.data_list, SampleTable):
        dataset.data_list = SampleTable.of(dataset.data_list, USED)
    dataset.__class__ = kind  # by whose name it travels to workers
    return dataset
