"""What a one-stage student hears of its teachers: how far off they are when RTMO reads their targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from torch import Tensor

from unipose.checkpoints.build_model import build_model
from unipose.distillers import OneStageDistiller
from unipose.simcc import DynamicBins, Frame, SimCCTarget, without_tail

from .runs import config_of, held_out

_PADDING = 1.25  # of RTMO's boxes


class Heard(NamedTuple):
    """Of one teacher and one way of reading.

    Args:
        name: Who.
        way: How its targets are read.
        median: Distance of what it says from what is annotated, % of the longer side of the person's box.
        within: Shares of keypoints within 5% and 2% of it.
        weight: Mean weight of the targets.
    """

    name: str
    way: str
    median: float
    within: tuple[float, float]
    weight: float


@torch.no_grad()
def hear(tails: Sequence[float] = (0.01, 0.05), batch: int = 16) -> list[Heard]:
    """Asks the teachers about all held-out people, in the bins that RTMO would give to their true boxes."""
    init_default_scope('mmpose')
    config = config_of('teachers')
    config.model.tail = 0.0
    augment = config.train_dataloader.dataset.pipeline[1]
    augment.transforms = [
        dict(step, shift_prob=0, rotate_prob=0, scale_prob=0) if step.type == 'BottomupRandomAffine' else step
        for step in augment.transforms
        if step.type != 'RandomFlip'
    ]
    seen = held_out(config).test_dataloader.dataset.sources
    dataset = DATASETS.build(dict(config.train_dataloader.dataset, sources=seen))
    model: OneStageDistiller = build_model(config).eval()
    rows: dict[tuple[str, str], list[tuple[Tensor, Tensor]]] = {}
    for first in range(0, len(dataset), batch):
        numbers = range(first, min(first + batch, len(dataset)))
        samples = [dataset[number, 0]['data_samples'] for number in numbers]
        labels = [sample.gt_instance_labels for sample in samples]
        said, frame = model.observe(labels)
        keypoints, visible, boxes = (
            torch.cat([one[key] for one in labels]) for key in ('keypoints', 'keypoints_visible', 'bboxes')
        )
        sides = boxes[:, 2:] - boxes[:, :2]
        bins = DynamicBins((boxes[:, 2:] + boxes[:, :2]) / 2, _PADDING * sides, model.head.dcc.num_bins)
        own = [sample.source for sample in samples for _ in sample.gt_instance_labels.labels]
        for name, (target, _) in said.items():
            asked = visible * torch.tensor([source == name for source in own])[:, None] > 0
            for way, (places, weight) in _ways(target, frame, bins, tails).items():
                away = (places - keypoints).norm(dim=-1) / sides.amax(-1)[:, None]
                rows.setdefault((name, way), []).append((away[asked], weight[asked]))
    found = []
    for (name, way), parts in rows.items():
        away, weight = (torch.cat(one) for one in zip(*parts, strict=True))
        within = tuple(100 * (away <= near).float().mean().item() for near in (0.05, 0.02))
        found.append(Heard(name, way, 100 * away.median().item(), within, weight.mean().item()))
    return found


def _ways(
    target: SimCCTarget, frame: Frame, bins: DynamicBins, tails: Sequence[float]
) -> dict[str, tuple[Tensor, Tensor]]:
    """Places ``[N, K, 2]`` and weights ``[N, K]``, by how they are read."""
    found = {'peak of its own bins': (frame.places(target), target.weight)}
    for tail in (0.0, *tails):
        there = bins.take(without_tail(target, tail), frame, torch.arange(len(target.weight)))
        way = f'mean, without bins below {tail:g} of the peak' if tail else 'mean'
        found[way] = bins.expected(there), there.weight
    return found
