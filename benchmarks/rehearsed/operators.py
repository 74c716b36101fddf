"""How many of torch's operators networks and losses call: what a rank needs CPU for to keep a GPU busy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.model import revert_sync_batchnorm
from mmpose.registry import DATASETS, MODELS
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.rehearsed.people import People
from benchmarks.rehearsed.setting import full_size_config
from unipose.batches.loaders import stack_samples
from unipose.simcc.compact import LEAVES

_SAMPLES = 2


def operators(people: People, way: str) -> int:
    """Operators of a step of the full-size config, forward and backward; those of its optimizer are not among them.

    Args:
        people: Who are in pictures.
        way: ``'images'``: teachers online; ``'stored'``: from targets that move.
    """
    config = full_size_config(people, repeated=False)
    model = revert_sync_batchnorm(MODELS.build(config.model)).train()
    dataset = DATASETS.build(dict(config.train_dataloader.dataset, seed=0))
    samples = [dataset[index, 0] for index in range(_SAMPLES)]
    if way == 'stored':
        _store(model, samples)
    fed = model.data_preprocessor(stack_samples(samples), training=True)
    model.loss(**fed)  # what is made once is made
    with _Counter() as counter:
        loss, _ = model.parse_losses(model.loss(**fed))
        loss.backward()
    return counter.count


class _Counter(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Sequence, args: tuple = (), kwargs: dict | None = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


def _store(model: Any, samples: Sequence[dict[str, Any]]) -> None:
    """Puts into samples what the teachers say of them, as if they had not moved since."""
    fed = model.data_preprocessor(stack_samples(samples), training=True)
    packed, _ = model.compact_targets(fed['inputs'], fed['data_samples'], LEAVES)
    for number, sample in enumerate(samples):
        labels = sample['data_samples'].gt_instance_labels
        labels.set_field(labels.person_box, 'seen_box')
        for name, targets in packed.items():
            labels.set_field(targets[number : number + 1], f'target_{name}')
