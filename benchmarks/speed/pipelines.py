"""Samples per second and core of data pipelines: MMPose's own against unipose's."""

from __future__ import annotations

import copy
from typing import Any

from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpose.registry import DATASETS, MODELS

from benchmarks.speed.setting import stock_transforms, stored_crops
from unipose.commands.train.stages import use_prepared_crops

_BATCH = 16
_SAMPLES = 160  # one in thirty has a median blur of 7 pixels, which takes as long as three whole samples


def pipelines(config: Config) -> dict[str, Pipeline]:
    """Things that prepare COCO-style samples up to normalised batches, in this process, by name.

    Args:
        config: Of :func:`benchmarks.speed.setting.base_config`.
    """
    coco = copy.deepcopy(config)
    coco.train_dataloader.dataset.sources.mpii = None
    crops = {encoding: stored_crops(coco, encoding) for encoding in ('raw', 'jpeg')}
    source = coco.train_dataloader.dataset.sources.coco.dataset
    stock = DATASETS.build(dict(source, pipeline=stock_transforms(config)))
    preprocessor = dict(coco.model.data_preprocessor, type='PoseDataPreprocessor')
    keys = [(number % len(stock), number // len(stock)) for number in range(_SAMPLES)]
    found = dict(stock=Pipeline(stock, preprocessor, [index for index, _ in keys]))
    for name in ('images', *crops):
        ours = copy.deepcopy(coco)
        if name in crops:
            use_prepared_crops(ours, crops[name])
        dataset = DATASETS.build(ours.train_dataloader.dataset)
        found[name] = Pipeline(dataset, ours.model.data_preprocessor, keys)
    return found


class Pipeline:
    """Samples of a dataset, put together and normalised.

    Args:
        dataset: The dataset.
        preprocessor: Config of what normalises batches.
        keys: What the dataset is indexed by.
    """

    def __init__(self, dataset: Any, preprocessor: dict[str, Any], keys: list[Any]) -> None:
        self.dataset, self.keys = dataset, keys
        self.preprocessor = MODELS.build(preprocessor)

    def __call__(self) -> None:
        """Prepares all samples once."""
        for first in range(0, len(self.keys), _BATCH):
            batch = [self.dataset[key] for key in self.keys[first : first + _BATCH]]
            self.preprocessor(pseudo_collate(batch), training=True)
