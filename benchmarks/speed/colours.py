"""What teachers say of pixels whose colours were changed in 8 bits, as on a CPU, and in floats, as on a GPU."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS, MODELS
from torch import Tensor
from torch.utils.data import DataLoader

from benchmarks.quality.runs import row_config
from unipose.batches.sample_batch import labels_of
from unipose.datasets.photometric_preprocessor import PhotometricPreprocessor
from unipose.evaluation.format_scores import format_table

_SAMPLES, _BATCH = 384, 16


@torch.no_grad()
def distances() -> dict[str, dict[str, Tensor]]:
    """By teacher, ``shift`` (how far the expected place moves, student pixels) and both ``weight [N, 2]``.

    Of the quality benchmark's teachers, on its training people with RTMPose's changes of colour.
    """
    init_default_scope('mmpose')
    config = row_config('unipose', 0)
    config.model.data_preprocessor.type = 'PhotometricPreprocessor'
    seeded = config.train_dataloader.dataset.pipeline[-2]
    seeded.transforms = [*seeded.transforms, dict(type='DrawPhotometric')]
    model = MODELS.build(config.model).eval()
    dataset = DATASETS.build(dict(config.train_dataloader.dataset, seed=0))
    found: dict[str, list[Tensor]] = {name: [] for name in model.teachers}
    for pair in _batches(model.data_preprocessor, dataset):
        for name, teacher in model.teachers.items():
            known = teacher.keypoint_map.dst_indices
            first, second = (teacher(images).select_keypoints(known) for images in pair)
            shift = (model.bins.expected(first) - model.bins.expected(second)).norm(dim=-1)
            found[name].append(torch.stack([shift, first.weight, second.weight], -1).flatten(0, 1))
    numbers = {name: torch.cat(rows) for name, rows in found.items()}
    return {name: dict(shift=rows[:, 0], weight=rows[:, 1:]) for name, rows in numbers.items()}


def format_distances(found: dict[str, dict[str, Tensor]]) -> str:
    """A table of :func:`distances`: means by target weight, and what 99 of 100 keypoints are within."""
    cells = []
    for name, numbers in found.items():
        shift, weight = numbers['shift'], numbers['weight'][:, 0]
        most = shift[weight > 0.1].quantile(0.99)
        apart = numbers['weight'].diff(dim=-1).abs().mean()
        cells.append([name, f'{(shift * weight).sum() / weight.sum():.3f}', f'{most:.2f}', f'{apart:.4f}'])
    return '\n'.join(format_table(['colours in floats', 'shift, px', '99% within, px', 'weight'], cells))


def _batches(preprocessor: PhotometricPreprocessor, dataset: object) -> Iterator[tuple[Tensor, Tensor]]:
    """The same batches, as a CPU and as a GPU changes them."""
    keys = [(index, 0) for index in range(min(_SAMPLES, len(dataset)))]
    for batch in DataLoader(dataset, _BATCH, sampler=keys, collate_fn=pseudo_collate):
        plans = labels_of(batch['data_samples'], 'photometric')
        yield preprocessor.one_by_one(batch['inputs'], plans), preprocessor.together(batch['inputs'], plans)
