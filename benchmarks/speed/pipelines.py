"""Samples per second and core of data pipelines: MMPose's own against unipose's."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpose.registry import DATASETS, MODELS

from benchmarks.speed.setting import stock_transforms, stored_crops
from unipose.commands.train.stages import use_prepared_crops

_BATCH = 16


def pipelines(config: Config, samples: int) -> dict[str, Callable[[], None]]:
    """Things that prepare COCO-style samples up to normalised batches, in this process, by name.

    Args:
        config: Of :func:`benchmarks.speed.setting.base_config`.
        samples: How many each prepares.
    """
    coco = copy.deepcopy(config)
    coco.train_dataloader.dataset.sources.mpii = None
    crops = {encoding: stored_crops(coco, encoding) for encoding in ('raw', 'jpeg')}
    source = coco.train_dataloader.dataset.sources.coco.dataset
    stock = DATASETS.build(dict(source, pipeline=stock_transforms(config)))
    preprocessor = dict(coco.model.data_preprocessor, type='PoseDataPreprocessor')
    found = dict(stock=_Pipeline(stock, preprocessor, list(range(samples))))
    for name in ('images', *crops):
        ours = copy.deepcopy(coco)
        if name in crops:
            use_prepared_crops(ours, crops[name])
        dataset = DATASETS.build(ours.train_dataloader.dataset)
        found[name] = _Pipeline(dataset, ours.model.data_preprocessor, [(index, 0) for index in range(samples)])
    return found


class _Pipeline:
    def __init__(self, dataset: Any, preprocessor: dict[str, Any], keys: list[Any]) -> None:
        self.dataset, self.keys = dataset, keys
        self.preprocessor = MODELS.build(preprocessor)

    def __call__(self) -> None:
        for first in range(0, len(self.keys), _BATCH):
            batch = [self.dataset[key] for key in self.keys[first : first + _BATCH]]
            self.preprocessor(pseudo_collate(batch), training=True)
