"""Training samples of a config as canvases to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import pseudo_collate
from mmengine.model import ImgDataPreprocessor
from mmpose.registry import DATASETS

from unipose.batches.spread import spread
from unipose.batches.walk_pipeline import steps_of, without_augmentation
from unipose.simcc import Canvas, Persons, Window
from unipose.skeletons import Skeleton

from .denormalised import denormalised


@dataclass(frozen=True)
class CanvasSample:
    """One sample as the distiller gets it.

    Args:
        source: Name of its source.
        title: Source, file and annotation, to print above a picture.
        image: The canvas, ``[Hc, Wc, 3]``, uint8, BGR.
        keypoints: ``[K, 2]``, pixels of the student's input, xy.
        visible: ``[K]``, 1 where annotated.
        persons: The person whom it is about.
    """

    source: str
    title: str
    image: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray
    persons: Persons


class CanvasSamples:
    """Samples of a UnifiedKeypointDataset config whose pipeline crops canvases.

    Args:
        dataset: The dataset's config, such as ``train_dataloader.dataset``.
        view: Augment as for this view, which is the epoch counted from 0; None leaves random transforms out.
        preprocessor: Also change and normalise pixels as this data preprocessor does; pictures show that undone.

    Attributes:
        skeleton: The union that samples are annotated with.
        canvas: The canvas.
        student_window: What the student sees of it.

    Raises:
        FileNotFoundError: If a source is not in place.
        ValueError: If the dataset is of another kind, or its pipeline crops no canvas.
    """

    def __init__(
        self,
        dataset: Mapping[str, Any],
        view: int | None = None,
        preprocessor: ImgDataPreprocessor | None = None,
    ) -> None:
        given = dataset.get('pipeline', [])
        steps = list(steps_of(given))
        crops = [step for step in steps if step['type'] == 'CanvasAffine']
        if dataset.get('type') != 'UnifiedKeypointDataset' or len(crops) != 1:
            raise ValueError(
                'expected a UnifiedKeypointDataset with one CanvasAffine in its pipeline, as in '
                f'configs/distill_small.py. Got: a {dataset.get("type")} with {[step["type"] for step in steps]}'
            )
        self.view, self.preprocessor = view, preprocessor
        self.canvas = Canvas(tuple(crops[0]['canvas_size']))
        self.student_window = Window.finer(tuple(crops[0]['input_size']), crops[0].get('canvas_scale', 1.0))
        pipeline = given if view is not None else without_augmentation(given)
        self.dataset = DATASETS.build(dict(dataset, pipeline=pipeline))
        self.skeleton: Skeleton = self.dataset.skeleton

    def spread(self, num: int) -> Iterator[CanvasSample]:
        """Yields up to ``num`` samples of each source, evenly spread over it.

        Raises:
            DamagedImageError: If too many images in a row are damaged or missing.
        """
        for indices in self.spread_indices(num):
            yield from (self[index] for index in indices)

    def spread_indices(self, num: int) -> list[list[int]]:
        """Indices of up to ``num`` samples of each source, evenly spread over it."""
        return [
            (first + spread(len(source), num)).tolist()
            for source, first in zip(self.dataset.sources, self.dataset.first_indices)
        ]

    def __getitem__(self, index: int) -> CanvasSample:
        """A sample by its index in the dataset."""
        packed = self.dataset[index if self.dataset.test_mode else (index, self.view or 0)]
        sample = packed['data_samples']
        labels = sample.gt_instance_labels
        bare = '' if labels.keypoint_weights.any() else ', no keypoints'
        return CanvasSample(
            source=sample.source,
            title=f'{sample.source}: {Path(sample.img_path).name}, annotation {sample.id}{bare}',
            image=self._image(packed),
            keypoints=labels.keypoint_labels[0].numpy(),
            visible=labels.keypoint_weights[0].numpy(),
            persons=Persons.of_samples([sample]),
        )

    def _image(self, packed: dict[str, Any]) -> np.ndarray:
        if self.preprocessor is None:
            return np.ascontiguousarray(packed['inputs'].permute(1, 2, 0).numpy())
        fed = self.preprocessor(pseudo_collate([packed]), training=self.view is not None)
        return denormalised(fed['inputs'], self.preprocessor)[0]


def held_out_canvases(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Config of a dataset that crops the validation sources as training crops its own; None where there are none."""
    training, held_out = ((config.get(f'{phase}_dataloader') or {}).get('dataset') or {} for phase in ('train', 'val'))
    if not held_out.get('sources'):
        return None
    pipeline = [  # prepared crops are of training's people
        dict(type='LoadCheckedImage') if step['type'] == 'LoadPreparedCrop' else step
        for step in training.get('pipeline', ())
    ]
    return dict(training, sources=held_out['sources'], pipeline=pipeline, test_mode=True)
