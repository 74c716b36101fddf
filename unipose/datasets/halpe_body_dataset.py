"""Halpe's people, with the keypoints of their bodies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS

import unipose.skeletons
from unipose.files.halpe_annotation import halpe_body

_METAINFO = Path(unipose.skeletons.__file__).parent / 'known' / 'halpe26.py'


@DATASETS.register_module()
class HalpeBodyDataset(BaseCocoStyleDataset):
    """People of a Halpe annotation file, ``halpe_val_v1.json`` as published or one with the 26 body keypoints alone.

    MMPose's HalpeDataset reads all 136 keypoints, fails at entries that have none, and goes by Halpe's
    ``num_keypoints``, which is not the number of labelled ones. Here people without a labelled body keypoint are left
    out, as COCO's are.

    Args:
        **kwargs: What :class:`mmpose.datasets.HalpeDataset` takes.

    Raises:
        ValueError: If a person has another number of keypoints.
    """

    METAINFO: dict = dict(from_file=str(_METAINFO))

    def parse_data_info(self, raw_data_info: dict[str, Any]) -> dict[str, Any] | None:
        """A person in MMPose's terms; None for one who is left out."""
        body = halpe_body(raw_data_info['raw_ann_info'])
        if body is None or not (body[:, 2] > 0).any():
            return None
        annotation = dict(
            raw_data_info['raw_ann_info'],
            keypoints=body.reshape(-1).tolist(),
            num_keypoints=int(np.count_nonzero(body[:, 2] > 0)),
        )
        return super().parse_data_info(dict(raw_data_info, raw_ann_info=annotation))
