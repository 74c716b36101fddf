"""Stored targets against the teachers' own: how many bytes, how far off, how fast written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from statistics import median
from typing import Any

import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS, MODELS
from torch import Tensor
from torch.utils.data import DataLoader

from benchmarks.quality.runs import row_config
from benchmarks.speed.setting import base_config, stored_crops
from unipose.caching import TargetStore
from unipose.commands.cache import fill_store
from unipose.commands.speed.alternating import ratio, seconds_of
from unipose.commands.train.stages import use_prepared_crops
from unipose.distillers import MultiTeacherDistiller
from unipose.evaluation.format_scores import format_table
from unipose.simcc import SimCCTarget
from unipose.simcc.compact import LEAVES, compact_bytes, compress, decompress

_LEAVES = (16, 20, 24, 28, LEAVES, 32, 40, 64)
_SAMPLES = 384
_BATCH = 16


def sizes() -> list[dict[str, Any]]:
    """Of each number of leaves: bytes of a view, and of each teacher ``kl`` (nats, x and y together) and ``shift``.

    Both are means over keypoints by target weight; ``shift`` is how far the expected place moves, student pixels.
    """
    init_default_scope('mmpose')
    config = row_config('unipose', 0)
    model = MODELS.build(config.model).eval()
    dataset = DATASETS.build(dict(config.train_dataloader.dataset, seed=0))
    targets: dict[str, list[SimCCTarget]] = {name: [] for name in model.teachers}
    for inputs in batches(model, dataset):
        for name, teacher in model.teachers.items():
            targets[name].append(teacher(inputs).select_keypoints(teacher.keypoint_map.dst_indices))
    keypoints = sum(len(teacher.keypoint_map.dst_indices) for teacher in model.teachers.values())
    return [
        dict(
            leaves=leaves,
            bytes_per_view=keypoints * compact_bytes(leaves),
            **{
                name: off(model, found, [decompress(compress(one, leaves), model.bins.num_bins) for one in found])
                for name, found in targets.items()
            },
        )
        for leaves in _LEAVES
    ]


def times(size: str, images: int, turns: int) -> dict[str, float]:
    """Milliseconds per view, and ``share`` and ``share_fed``: how much of the speed of the teachers alone storing has.

    ``teachers``: on canvases that are there. ``fed``: with the pipeline, in this process. ``stored``: also compressed
    and written. ``share`` is of the first, ``share_fed`` of the second.

    Args:
        size: Of the student, see :func:`base_config`.
        images: COCO-style images.
        turns: How often each is timed.
    """
    config = base_config(size, images)
    use_prepared_crops(config, stored_crops(config))
    model = MODELS.build(config.model).eval()
    dataset = DATASETS.build(config.train_dataloader.dataset)
    count = min(_SAMPLES, len(dataset)) // _BATCH * _BATCH
    ready = list(batches(model, dataset))

    def ask(canvases: Iterator[Tensor] | list[Tensor]) -> None:
        with torch.no_grad():
            for inputs in canvases:
                for teacher in model.teachers.values():
                    teacher(inputs)

    def store() -> None:
        with tempfile.TemporaryDirectory() as folder:
            keypoints = {name: len(teacher.keypoint_map.dst_indices) for name, teacher in model.teachers.items()}
            target_store = TargetStore.create(
                folder,
                fingerprint={},
                keypoints=keypoints,
                num_samples=count,
                num_views=1,
                leaves=LEAVES,
                shard_size=count,
            )
            fill_store(target_store, model, dataset, _BATCH, workers=0)

    things = dict(teachers=lambda: ask(ready), fed=lambda: ask(batches(model, dataset)), stored=store)
    taken = seconds_of(things, turns, 'storing')
    per_view = {name: 1000 * median(seconds) / count for name, seconds in taken.items()}
    return per_view | dict(share=ratio(taken, 'teachers', 'stored'), share_fed=ratio(taken, 'fed', 'stored'))


def format_sizes(rows: list[dict[str, Any]]) -> str:
    """A table of :func:`sizes`."""
    teachers = [name for name in rows[0] if name not in ('leaves', 'bytes_per_view')]
    head = ['leaves', 'bytes/view', *(f'{name}: {what}' for name in teachers for what in ('KL, nats', 'shift, px'))]
    cells = [
        [
            str(row['leaves']),
            str(row['bytes_per_view']),
            *(text for name in teachers for text in (f'{row[name]["kl"]:.1e}', f'{row[name]["shift"]:.3f}')),
        ]
        for row in rows
    ]
    return '\n'.join(format_table(head, cells))


def format_times(measured: dict[str, float]) -> str:
    """A table of :func:`times`."""
    titles = dict(teachers='teachers alone', fed='teachers and pipeline', stored='stored')
    cells = [[title, f'{measured[name]:.2f}'] for name, title in titles.items()]
    lines = format_table(['', 'ms/view'], cells)
    lines.append(f'storing runs at {measured["share"]:.2f} of the speed of the teachers alone, ')
    lines[-1] += f'{measured["share_fed"]:.2f} of teachers and pipeline'
    return '\n'.join(lines)


@torch.no_grad()
def off(model: MultiTeacherDistiller, targets: list[SimCCTarget], others: list[SimCCTarget]) -> dict[str, float]:
    """How far other targets are from these: ``kl``, nats, and ``shift``, student pixels, means by weight."""
    kl = shift = total = 0.0
    for target, other in zip(targets, others, strict=True):
        divergence = sum(_kl(full, kept) for full, kept in zip(target.axes, other.axes, strict=True))
        moved = (model.bins.expected(target) - model.bins.expected(other)).norm(dim=-1)
        kl += (target.weight * divergence).sum().item()
        shift += (target.weight * moved).sum().item()
        total += target.weight.sum().item()
    return dict(kl=kl / total, shift=shift / total)


def _kl(full: Tensor, kept: Tensor) -> Tensor:
    return torch.xlogy(full, full / kept.clamp(min=1e-30)).nan_to_num().sum(-1)


@torch.no_grad()
def batches(model: MultiTeacherDistiller, dataset: Any) -> Iterator[Tensor]:
    """Canvases of the first samples."""
    count = min(_SAMPLES, len(dataset)) // _BATCH * _BATCH
    loader = DataLoader(dataset, _BATCH, sampler=[(index, 0) for index in range(count)], collate_fn=pseudo_collate)
    for batch in loader:
        yield model.data_preprocessor(batch, training=True)['inputs']
