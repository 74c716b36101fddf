"""Ultralytics' pose datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.logging import print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

from unipose.files.yolo_pose import read_yolo_pose
from unipose.skeletons import Skeleton

from .coco_people import read_coco_people


@DATASETS.register_module()
class YoloPoseDataset(BaseCocoStyleDataset):
    """People of an Ultralytics pose dataset, read as CocoDataset reads those of COCO's format.

    ``kpt_shape``, ``flip_idx`` and ``kpt_names`` of ``data.yaml`` are compared with the skeleton. Images that cannot be
    read, rows of other classes and rows that repeat another are left out, and the log says how many. See
    :func:`unipose.files.yolo_pose.read_yolo_pose`.

    Args:
        ann_file: The ``data.yaml``, relative to ``data_root``; it says where images are.
        split: ``train``, ``val`` or ``test``.
        classes: Names of the classes whose rows are people; None where there is but one.
        metainfo: Of the keypoints.
        **kwargs: What :class:`mmpose.datasets.BaseCocoStyleDataset` takes.

    Raises:
        FileNotFoundError: If the images of the split are missing.
        ValueError: If keypoints are not those of the skeleton, or rows cannot be read (the first few are listed).
    """

    def __init__(
        self,
        ann_file: str,
        split: str,
        classes: str | Sequence[str] | None = None,
        metainfo: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.get('data_prefix'):
            raise ValueError(f'{ann_file} says where images are; leave data_prefix out. Got: {kwargs["data_prefix"]}')
        self.split = split
        self.classes = classes
        self.annotations_sha256 = ''
        self._skeleton = None
        if metainfo is not None:
            whole = metainfo if 'keypoint_info' in metainfo else parse_pose_metainfo(metainfo)
            self._skeleton = Skeleton.from_metainfo(whole)
        super().__init__(ann_file=ann_file, metainfo=metainfo, **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Reads a record per person, as :class:`mmpose.datasets.CocoDataset` does."""
        people = read_yolo_pose(self.ann_file, self.split, self.classes, self._skeleton)
        people.check()
        print_log(people.summary(), logger='current')
        self.annotations_sha256 = people.digest()
        self.data_prefix = dict(img=str(people.root))
        data_yaml = self.ann_file
        try:
            with people.written() as self.ann_file:
                wanted = self._skeleton or people.num_keypoints
                return list(read_coco_people(self, wanted, f'{data_yaml}, {self.split},'))
        finally:
            self.ann_file = data_yaml
