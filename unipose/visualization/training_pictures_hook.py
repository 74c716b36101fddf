"""Hook that shows, while a student is trained, what everyone says of the same people."""

from __future__ import annotations

import contextlib
import io
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cv2
import torch
from mmengine.dataset import pseudo_collate
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch import nn

from unipose.compute.unwrapped import unwrapped
from unipose.media.panels import stacked
from unipose.simcc.compact import LEAVES

from .canvas_samples import CanvasSamples, held_out_canvases
from .denormalised import denormalised
from .draw_targets import draw_targets


@HOOKS.register_module()
class TrainingPicturesHook(Hook):
    """Every so many steps a picture of training samples and one of validation samples, to every visualizer backend.

    A row is a sample: the student's input as it is fed, with its augmentation; ground truth; each teacher; and the
    student, all with their distributions along the axes. The student is the one that is trained, not its EMA. Models
    that do not say what their teachers say (``opinions``) have no pictures.

    Args:
        interval: Steps from one picture to the next.
        num_samples: Rows of a picture, of all sources in turn.
    """

    priority = 'LOW'

    def __init__(self, interval: int = 1000, num_samples: int = 4) -> None:
        if interval < 1 or num_samples < 1:
            raise ValueError(f'interval and num_samples must be at least 1. Got: {interval}, {num_samples}')
        self.interval, self.num_samples = interval, num_samples
        self._held_out: list[Mapping[str, Any]] = []

    def before_train(self, runner: Runner) -> None:
        """Reads the validation samples, if there will be a picture, and asks the teachers about them, once."""
        dataset, model = held_out_canvases(runner.cfg), unwrapped(runner.model)
        if not dataset or runner.rank or runner.max_iters < self.interval or not hasattr(model, 'opinions'):
            return
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it reads
            samples = CanvasSamples(dataset)
        places = itertools.zip_longest(*samples.spread_indices(self.num_samples))
        chosen = [index for of_sources in places for index in of_sources if index is not None]
        self._held_out = [samples.dataset[index] for index in chosen[: self.num_samples]]
        _add_targets(model, self._held_out)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Draws both pictures where it is time."""
        model = unwrapped(runner.model)
        if runner.rank or not self.every_n_train_iters(runner, self.interval) or not hasattr(model, 'opinions'):
            return
        batch = [dict(zip(data_batch, values)) for values in zip(*data_batch.values(), strict=True)]
        chosen = list(itertools.islice(_in_turn(batch), self.num_samples))
        for name, samples, training in (('training', chosen, True), ('validation', self._held_out, False)):
            if samples:
                picture = _picture(model, samples, training)
                runner.visualizer.add_image(name, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), runner.iter + 1)


def _in_turn(batch: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Samples of a batch, the first of each source, then the second of each, and so on."""
    by_source = defaultdict(list)
    for sample in batch:
        by_source[sample['data_samples'].source].append(sample)
    for of_sources in itertools.zip_longest(*by_source.values()):
        yield from (sample for sample in of_sources if sample is not None)


@torch.no_grad()
def _add_targets(model: nn.Module, samples: Sequence[Mapping[str, Any]]) -> None:
    """Has samples bring what teachers say of them, who may leave the memory (StoreTargetsHook)."""
    fed = model.data_preprocessor(pseudo_collate(samples), training=False)
    targets, _ = model.compact_targets(fed['inputs'], fed['data_samples'], LEAVES)
    for name, packed in targets.items():
        for sample, of_sample in zip(samples, packed):
            sample['data_samples'].gt_instance_labels.set_field(of_sample[None], f'target_{name}')


@torch.no_grad()
def _picture(model: nn.Module, samples: Sequence[Mapping[str, Any]], training: bool) -> Any:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        fed = model.data_preprocessor(pseudo_collate(samples), training=training)
        opinions = model.opinions(fed['inputs'], fed['data_samples'])
    finally:
        for module, mode in modes.items():
            module.training = mode
    images = denormalised(model.student_input(fed['inputs']), model.data_preprocessor)
    return stacked(
        [
            draw_targets(
                images[row],
                {title: target.sample(row) for title, target in opinions.items()},
                model.skeleton,
                model.bins,
                title=f'{sample["data_samples"].source}: annotation {sample["data_samples"].id}',
            )
            for row, sample in enumerate(samples)
        ]
    )
