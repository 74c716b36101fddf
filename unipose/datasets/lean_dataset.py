"""MMPose datasets that keep of each sample what is used, and no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS

_OUTLINES, _COPY = 'segmentation', 'raw_ann_info'


def build_lean(config: Mapping[str, Any], keys: Collection[str]) -> BaseDataset:
    """Builds an MMPose dataset that holds a few of its samples' values.

    MMPose keeps each annotation twice, with its outlines, in every rank: three times the memory, of COCO's people
    hundreds of MB, and a third more time to read them.

    Args:
        config: Of the dataset.
        keys: Of the values that its samples keep.
    """
    kind = DATASETS.get(config['type'])
    if kind is None or not issubclass(kind, BaseDataset):
        return DATASETS.build(config)

    def parse_data_info(self: BaseDataset, raw_data_info: dict[str, Any]) -> dict | list | None:
        if kind.parse_data_info is BaseCocoStyleDataset.parse_data_info:  # which copies the annotation
            annotation = {key: value for key, value in raw_data_info['raw_ann_info'].items() if key != _OUTLINES}
            raw_data_info = dict(raw_data_info, raw_ann_info=annotation)
        info = kind.parse_data_info(self, raw_data_info)
        if isinstance(info, dict):
            info.pop(_COPY, None)  # at once: all of them together are as large as the file
        return info

    def _serialize_data(self: BaseDataset) -> tuple[np.ndarray, np.ndarray]:
        self.data_list = [{key: info[key] for key in keys if key in info} for info in self.data_list]
        return kind._serialize_data(self)

    lean = dict(parse_data_info=parse_data_info, _serialize_data=_serialize_data)
    dataset = DATASETS.build({**config, 'type': type(kind.__name__, (kind,), lean)})
    dataset.__class__ = kind  # by whose name it travels to workers
    return dataset
