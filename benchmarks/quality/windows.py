"""Scores a teacher through the windows that a student's canvas gives it."""

from __future__ import annotations

import copy
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from torch import Tensor
from tqdm import tqdm

from benchmarks.quality.contestants import ReferenceDistiller
from benchmarks.quality.runs import CONFIGS, on_split
from unipose.evaluation.evaluate import build_test_data, evaluate_teacher
from unipose.evaluation.format_scores import format_table
from unipose.simcc import Persons, SimCCTarget

_COLUMNS = ('PCKh@0.5', 'PCKh@0.1')


class WindowedTeacher(ReferenceDistiller):
    """Predicts what one of its teachers says of a canvas, in the student's frame."""

    speaker = 'mpii'

    @torch.no_grad()
    def predict(self, inputs: Tensor, data_samples: list[PoseDataSample]) -> list[PoseDataSample]:
        """Predicts on canvases, in place of crops."""
        target = self._seen(inputs, data_samples)
        instances = [
            InstanceData(keypoints=keypoints[None], keypoint_scores=scores[None])
            for keypoints, scores in zip(self.bins.decode(target).numpy(), target.weight.numpy())
        ]
        return self.add_pred_to_datasample(instances, None, data_samples)

    def _seen(self, inputs: Tensor, data_samples: list[PoseDataSample]) -> SimCCTarget:
        if self.stretch:
            return self._stretched(self.speaker, self.canvas.extract(inputs, self.student_window))
        return self.teachers[self.speaker](inputs, Persons.of_samples(data_samples, inputs.device))


def measure_windows(split: str) -> str:
    """PCKh of the benchmark's MPII-style teacher through its own crop, its canvas window and a stretched window.

    The people are the same; all without flip test, and in the student's bins but for its own crop. A joint outside
    the student's window, which neither canvas nor stretch can place there, counts as wrong.

    Args:
        split: ``'dev'`` or ``'test'``.

    Returns:
        A table.
    """
    config = on_split(Config.fromfile(CONFIGS / 'distill.py'), split)
    init_default_scope('mmpose')
    own = evaluate_teacher(config, 'mpii', flip_test=False).metrics
    rows = [['its own crop, as it was trained', '1.25', *_cells(own)]]
    for padding in (0.9375, 1.25):
        for stretch in (False, True):
            title = "the student's crop, stretched" if stretch else 'its window of the canvas'
            rows.append([title, f'{padding:g}', *_cells(_through_window(config, padding, stretch))])
    return '\n'.join(format_table(['MPII-style teacher sees', 'padding', *_COLUMNS], rows))


def _cells(metrics: dict[str, float]) -> list[str]:
    return [f'{metrics[f"mpii/{column}"]:.1f}' for column in _COLUMNS]


def _through_window(config: Config, padding: float, stretch: bool) -> dict[str, float]:
    config = copy.deepcopy(config)
    dataset: Any = config.test_dataloader.dataset
    dataset.sources = dict(mpii=dict(dataset.sources.mpii, padding=padding))
    canvas = dict(type='CanvasAffine', input_size=(96, 128), canvas_size=(128, 128))
    dataset.pipeline = [canvas if step['type'] == 'TopdownAffine' else step for step in dataset.pipeline]
    config.test_evaluator.metrics = dict(mpii=config.test_evaluator.metrics.mpii)
    model = WindowedTeacher(
        **{key: value for key, value in config.model.items() if key != 'type'}, stretch=stretch, train_mode=False
    ).eval()
    loader, evaluator = build_test_data(config)
    for batch in tqdm(loader, desc=f'padding {padding:g}, {"stretched" if stretch else "canvas"}'):
        evaluator.process(model.test_step(batch))
    return evaluator.evaluate(len(loader.dataset))
