"""Crops and targets of all people, written for few of them or made up."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmpose.registry import DATASETS, MODELS

from benchmarks.rehearsed.people import People
from unipose.batches.walk_pipeline import without_augmentation
from unipose.caching import TargetStore
from unipose.commands.crops import prepare_crops
from unipose.commands.train.stages import ONCE, crops_fingerprint, pipelines_of, targets_fingerprint
from unipose.datasets.crop_store import CropStore
from unipose.distillers import MultiTeacherDistiller
from unipose.simcc.compact import LEAVES, compress

_ROWS = 64  # targets that are made up; those of all people are among them


def repeat_crops(config: Config, few: Config, people: People, folder: Path, unit: int) -> None:
    """Writes the JPEG crops of people who are in pictures, and links them for all the others.

    Args:
        config: Of all people.
        few: Of each person who is in a picture.
        people: Who they are; their numbers are multiples of ``unit``.
        folder: Of the store; beside it goes that of the few.
        unit: Crops of a file.
    """
    written = prepare_crops(few, folder.with_name(f'{folder.name}_few'), 'jpeg', shard_size=unit, num_workers=0)
    dataset = DATASETS.build(dict(config.train_dataloader.dataset, pipeline=[]))
    content = dict(written.manifest, num_samples=len(dataset), fingerprint=crops_fingerprint(config, dataset))
    store = CropStore.create(folder, **{key: value for key, value in content.items() if key != 'format'})
    first = 0
    numbers = []  # of the few's files, in the order of the store's
    for source, number in people.numbers.items():
        distinct = people.distinct[source] // unit
        numbers += [first + place % distinct for place in range(number // unit)]
        first += distinct
    for shards, into in ((written.shards, store.shards), (written.crops, store.crops)):
        there, files = into.numbers(), shards.numbers()
        for place, number in enumerate(numbers):
            if place not in there:
                name, _, digest = files[number].name.rsplit('-', 2)
                os.link(files[number], folder / f'{name}-{place:05d}-{digest}')


def make_up_targets(config: Config, folder: Path, shard_size: int = 4096) -> None:
    """Writes targets that move for all people; each a random place, seen in the person's box.

    They are of no picture, so that what a run compares with them it need not find.

    Args:
        config: Of all people, reading crops.
        folder: Gets the store.
        shard_size: Records of a file.
    """
    pipeline = next(iter(pipelines_of(config).values()))
    model = MODELS.build(config.model)
    dataset = DATASETS.build(dict(config.train_dataloader.dataset, pipeline=without_augmentation(pipeline)))
    known = {name: teacher.keypoint_map.dst_indices for name, teacher in model.teachers.items()}
    store = TargetStore.create(
        folder / ONCE,
        fingerprint=targets_fingerprint(model, dataset, pipeline, moves=True),
        keypoints={name: len(keypoints) for name, keypoints in known.items()},
        num_samples=len(dataset),
        num_views=1,
        leaves=LEAVES,
        shard_size=shard_size,
        moves=True,
    )
    rows = {name: _random_targets(model, len(keypoints)) for name, keypoints in known.items()}
    boxes = [dataset[index, 0]['data_samples'].gt_instance_labels.person_box[0] for index in range(_ROWS)]
    boxes = torch.stack(boxes).numpy()
    for shard in store.missing():
        records = np.zeros(len(store.numbers(shard)), store.dtype)
        records['index'], records['view'] = np.transpose(store.pairs(shard))
        row = records['index'] % _ROWS
        records['box'] = boxes[row]
        for name, packed in rows.items():
            records[name] = packed[row]
        store.write(shard, records)


def _random_targets(model: MultiTeacherDistiller, keypoints: int) -> np.ndarray:
    generator = torch.Generator().manual_seed(0)
    size = torch.tensor(model.bins.input_size) - 1.0
    places = torch.rand(_ROWS, keypoints, 2, generator=generator) * size
    return compress(model.bins.encode(places, torch.ones(_ROWS, keypoints))).numpy()
