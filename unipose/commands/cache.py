"""Runs the teachers once over augmented views of all samples, or over all samples as they are, and stores it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import tee
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import barrier, get_dist_info
from mmengine.logging import print_log
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS

from unipose.batches.loaders import sample_loader
from unipose.batches.walk_pipeline import Pipeline, without_augmentation
from unipose.caching import TargetStore
from unipose.caching.records import Gap, ask_teachers, records_of
from unipose.checkpoints.build_model import build_model
from unipose.checkpoints.model_kinds import refuse_pictures
from unipose.commands.train.checks import check_canvas
from unipose.commands.train.preparation import seed_dataset
from unipose.commands.train.stages import ONCE, augmentation_of, pipelines_of, targets_fingerprint
from unipose.console.progress import ProgressBar
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.distillers import MultiTeacherDistiller
from unipose.files.read_config import read_config
from unipose.simcc.compact import LEAVES, compact_bytes

_SHOWN = 5  # gaps


def cache_teachers(
    config: str | Path | Config,
    out: str | Path,
    num_views: int | None,
    leaves: int = LEAVES,
    shard_size: int = 4096,
    batch_size: int | None = None,
    num_workers: int | None = None,
) -> dict[str, TargetStore]:
    """Stores teacher targets for every stage of a training config; what is stored already is not done again.

    Several processes share the work, each writing its own shards.

    Args:
        config: Training config of the student.
        out: Folder, which gets a store for each stage.
        num_views: Augmented views of each sample and stage; None for targets of each sample as it is, which move with
            the augmentation.
        leaves: Precision, see :func:`unipose.simcc.compact.compress`.
        shard_size: Records per file; at most these are lost when the work is stopped.
        batch_size: Samples at a time; by default as in training.
        num_workers: Processes that prepare samples; by default as in training.

    Returns:
        Stores by stage; of targets that move the one of all stages, as :data:`unipose.commands.train.stages.ONCE`.

    Raises:
        ValueError: If the config has no teachers, an argument will not do, the folder holds other targets, or a teacher
            says nothing that is a finite number.
        FileNotFoundError: If a file is missing.
        DamagedImageError: If too many images in a row are damaged or missing.
    """
    compact_bytes(leaves)
    moves, num_views = num_views is None, 1 if num_views is None else num_views
    if num_views < 1 or shard_size < 1:
        raise ValueError(f'num_views and shard_size must be at least 1. Got: {num_views}, {shard_size}')
    config = read_config(config)
    refuse_pictures(config, 'its teachers, if it has any, are asked at each step, and their targets are not stored')
    seed_dataset(config)
    init_default_scope(config.get('default_scope', 'mmpose'))
    loader = config.train_dataloader
    model = build_model(config)
    if not isinstance(model, MultiTeacherDistiller) or not model.teachers:
        raise ValueError(f'{config.filename} has no model with teachers; give one such as configs/distill_small.py')
    model = model.to(get_device())
    rank, _ = get_dist_info()
    stores = {}
    pipelines = pipelines_of(config)
    if moves:
        pipelines = {ONCE: without_augmentation(next(iter(pipelines.values())))}
    for stage, pipeline in pipelines.items():
        dataset = DATASETS.build(dict(loader.dataset, pipeline=augmentation_of(pipeline)))
        check_canvas(model, dataset, pipeline)
        with TargetStore.filling(Path(out) / stage):
            if rank == 0:
                store = create_store(Path(out) / stage, model, dataset, pipeline, num_views, leaves, shard_size, moves)
                store.check_room(store.missing_bytes())
            barrier()
            stores[stage] = TargetStore(Path(out) / stage)
            workers = loader.get('num_workers', 0) if num_workers is None else num_workers
            fill_store(stores[stage], model, dataset, batch_size or loader.batch_size, workers)
            barrier()
            if rank == 0:
                _tell_gaps(stores[stage])
    return stores


def create_store(
    folder: Path,
    model: MultiTeacherDistiller,
    dataset: UnifiedKeypointDataset,
    pipeline: Pipeline,
    num_views: int,
    leaves: int = LEAVES,
    shard_size: int = 4096,
    moves: bool = False,
) -> TargetStore:
    """An empty store for a stage, or what is whole of the one that is there.

    Args:
        folder: Where to.
        model: The config's, whose teachers are stored.
        dataset: The samples.
        pipeline: The stage's.
        num_views: As :func:`cache_teachers` takes it.
        leaves: Likewise.
        shard_size: Likewise.
        moves: Whether targets are of samples as they are, and move.

    Raises:
        ValueError: If the folder holds other targets.
    """
    store = TargetStore.create(
        folder,
        fingerprint=targets_fingerprint(model, dataset, pipeline, moves),
        keypoints={name: len(teacher.keypoint_map.dst_indices) for name, teacher in model.teachers.items()},
        num_samples=len(dataset),
        num_views=num_views,
        leaves=leaves,
        shard_size=shard_size,
        **(dict(moves=True) if moves else {}),
    )
    store.remove_damaged()
    return store


def fill_store(
    store: TargetStore, model: MultiTeacherDistiller, dataset: UnifiedKeypointDataset, batch_size: int, workers: int
) -> None:
    """Computes and writes the shards that a store lacks, as far as they are this process's.

    Args:
        store: The store.
        model: What asks the teachers.
        dataset: The samples, with the stage's augmentation.
        batch_size: Samples at a time.
        workers: Processes that prepare samples.
    """
    rank, world_size = get_dist_info()
    mine = [shard for shard in store.missing() if shard % world_size == rank]
    batches, ahead = tee(_batches(store, mine, batch_size))
    loader = sample_loader(dataset, batch_sampler=(pairs for _, pairs, _ in ahead), num_workers=workers)
    records: list[np.ndarray] = []
    gaps: list[Gap] = []
    total = sum(len(store.numbers(shard)) for shard in mine)
    with ProgressBar(total=total, unit='view', desc=store.folder.name, disable=rank > 0) as progress:
        for (shard, pairs, is_last), batch in zip(batches, loader):
            found, lacking = records_of(store, pairs, batch, *ask_teachers(model, batch, store.leaves))
            records.append(found)
            gaps += lacking
            progress.update(len(pairs))
            if is_last:
                store.write(shard, np.concatenate(records), list(map(str, gaps)))
                records, gaps = [], []


def _batches(
    store: TargetStore, shards: list[int], batch_size: int
) -> Iterator[tuple[int, list[tuple[int, int]], bool]]:
    """The shard, the ``(index, view)`` and whether it is the shard's last, of each batch."""
    for shard in shards:
        pairs = store.pairs(shard)
        for first in range(0, len(pairs), batch_size):
            yield shard, pairs[first : first + batch_size], first + batch_size >= len(pairs)


def _tell_gaps(store: TargetStore) -> None:
    gaps = store.gaps()
    if gaps:
        shown = ''.join(f'\n  - {gap}' for gap in gaps[:_SHOWN]) + '\n  - ...' * (len(gaps) > _SHOWN)
        print_log(
            f'{store.folder} lacks some of what teachers should say, {len(gaps)} times:{shown}\n'
            f'That has weight 0 and teaches nothing; {store.folder}/gaps-*.txt list them all. To ask again, delete the '
            'targets-*.npy with the numbers of these files and repeat the command',
            logger='current',
            level=logging.WARNING,
        )
