"""Halpe's people, with the keypoints of their bodies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS

import unipose.skeletons
from unipose.files.coco import HALPE_BODY, HALPE_WHOLE

from .coco_people import read_coco_people

_METAINFO = Path(unipose.skeletons.__file__).parent / 'known' / 'halpe26.py'


@DATASETS.register_module()
class HalpeBodyDataset(BaseCocoStyleDataset):
    """People of a Halpe annotation file, ``halpe_val_v1.json`` as published or one with the 26 body keypoints alone.

    MMPose's HalpeDataset reads all 136 keypoints, fails at entries that have none, and goes by Halpe's
    ``num_keypoints``, which is not the number of labelled ones. Here they are read as COCO's people are, and those
    without a labelled body keypoint are left out.

    Args:
        **kwargs: What :class:`mmpose.datasets.HalpeDataset` takes.

    Raises:
        ValueError: If something in the file is wrong; the first few problems of each kind are listed.
    """

    METAINFO: dict = dict(from_file=str(_METAINFO))

    def load_data_list(self) -> list[dict[str, Any]]:
        """Reads a record per person, as :class:`mmpose.datasets.CocoDataset` does."""
        return list(read_coco_people(self, HALPE_BODY, whole=HALPE_WHOLE))
