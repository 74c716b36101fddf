"""How right teachers are about augmented views of annotated people, asked or moved."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS, MODELS
from torch import Tensor
from tqdm import tqdm

from benchmarks.real.runs import CONFIGS, TEACHERS
from unipose.batches.walk_pipeline import without_augmentation
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.distillers import MultiTeacherDistiller
from unipose.evaluation.format_scores import format_markdown
from unipose.simcc import Persons, SimCCTarget, moved

_SOURCES = dict(coco="COCO's", mpii="MPII's", lsp="LSPET's")
_BATCH = 15
_RIGHT = 0.05  # of the window's height
_LEAST = 1e-6  # of a probability


def measure(persons: int, rotations: Sequence[float]) -> str:
    """A table of both teachers on the dev people, by how far augmentation turns them.

    Right is within 5% of the window's height of the annotated place. Nats are what a place is off by, the negative
    logarithm of the probability of its bins along x and y. Both are means over annotated keypoints inside the window,
    those of nats and of the last column weighted with the target's weight, as in the loss.

    Args:
        persons: Most people of each source.
        rotations: ``rotate_factor`` of the augmentation, degrees.
    """
    config = Config.fromfile(CONFIGS / 'rtmpose-t.py')
    init_default_scope(config.default_scope)
    model: MultiTeacherDistiller = MODELS.build(config.model).eval()
    rows = []
    for source, whose in _SOURCES.items():
        for rotation in rotations:
            found = _compare(model, config, source, rotation, persons)
            rows += [
                [TEACHERS[name], whose, f'{rotation:g}', *(cell for of in by_way for cell in _cells(*of))]
                for name, by_way in found.items()
            ]
    measures = ('right, %', 'right by weight, %', 'nats')
    return format_markdown(
        ['teacher', 'people', 'turned by', *(f'{way}: {of}' for way in ('asked', 'moved') for of in measures)], rows
    )


@torch.no_grad()
def _compare(
    model: MultiTeacherDistiller, config: Config, source: str, rotation: float, persons: int
) -> dict[str, list[tuple[Tensor, Tensor, Tensor]]]:
    """Of each teacher, asked and moved: errors in heights of the window, target weights and nats, of all keypoints."""
    augmented, still = _datasets(config, source, rotation)
    indices = np.unique(np.linspace(0, len(still) - 1, persons).astype(int)).tolist()
    found = {name: ([], []) for name in model.teachers}
    for first in tqdm(range(0, len(indices), _BATCH), desc=f'{source}, {rotation:g}'):
        keys = [(index, 0) for index in indices[first : first + _BATCH]]
        here, there = (
            model.data_preprocessor(pseudo_collate([dataset[key] for key in keys]), False)
            for dataset in (augmented, still)
        )
        samples = here['data_samples']
        mirrored = torch.tensor([bool(sample.flip) for sample in samples])
        seen = Persons.of_samples(there['data_samples'])
        matrix, shift = Persons.of_samples(samples).way_from(seen.boxes, mirrored)
        places = torch.cat([sample.gt_instance_labels.keypoint_labels for sample in samples])
        truth = model.ground_truth(samples)
        told, before = (
            model.observe(model.teachers, batch['inputs'], batch['data_samples']) for batch in (here, there)
        )
        for name, teacher in model.teachers.items():
            carried = moved(before[name].target, matrix, shift, model.bins, mirrored, model.skeleton.flip_indices)
            known = torch.zeros(len(model.skeleton), dtype=torch.bool)
            known[list(teacher.keypoint_map.dst_indices)] = True
            for target, kept in zip((told[name].target, carried), found[name], strict=True):
                kept.append(_judged(target, places, model, (truth.weight > 0) & known))
    return {name: [tuple(map(torch.cat, zip(*kept))) for kept in both] for name, both in found.items()}


def _judged(
    target: SimCCTarget, places: Tensor, model: MultiTeacherDistiller, counted: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    errors = (model.bins.decode(target) - places).norm(dim=-1) / model.bins.input_size[1]
    bins = (places * model.bins.split_ratio).round().long()
    nats = 0.0
    for axis, rows in enumerate(target.axes):
        index = bins[..., axis, None].clamp(0, rows.shape[-1] - 1)
        nats = nats - rows.gather(-1, index)[..., 0].clamp(min=_LEAST).log()
    return errors[counted], target.weight[counted], nats[counted]


def _cells(errors: Tensor, weights: Tensor, nats: Tensor) -> list[str]:
    right = (errors <= _RIGHT).float()
    by_weight = [float((weights * values).sum() / weights.sum()) for values in (right, nats)]
    return [f'{100 * float(right.mean()):.1f}', f'{100 * by_weight[0]:.1f}', f'{by_weight[1]:.2f}']


def _datasets(config: Config, source: str, rotation: float) -> tuple[UnifiedKeypointDataset, UnifiedKeypointDataset]:
    """The dev people of a source as training augments them, and as they are."""
    people = config.val_dataloader.dataset.sources[source].copy()
    people.dataset.pop('headbox_file', None)  # MMPose reads it in test mode only
    pipeline = config.train_dataloader.dataset.copy().pipeline
    for step in pipeline:
        for inner in step.get('transforms') or ():
            if inner.type == 'QuickRandomBBoxTransform':
                inner.rotate_factor = rotation
    how = dict(type='UnifiedKeypointDataset', skeleton=config.model.skeleton, sources={source: people})
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it reads
        return tuple(DATASETS.build(dict(how, pipeline=steps)) for steps in (pipeline, without_augmentation(pipeline)))
