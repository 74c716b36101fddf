"""Scores of a run in the terms of Hugging Face's model index and of MMPose's model zoo."""

from __future__ import annotations

import math
from typing import Any

from unipose.evaluation.dataset_mean import MEAN_SOURCE

from .run import Run

# MMPose's model zoo has PCKh as a share
_ZOO_NAMES = {'AP': 'AP', 'AP50': 'AP@0.5', 'AP75': 'AP@0.75', 'AR': 'AR', 'AR50': 'AR@0.5'}
_ZOO_SHARES = {'PCKh@0.5': 'Mean', 'PCKh@0.1': 'Mean@0.1'}
_DIGITS = 3
_TASK = dict(type='keypoint-detection', name='Body 2D Keypoint')


def measures(run: Run, source: str) -> dict[str, float]:
    """The student's numbers on a source, without those of single keypoints and what was not measured."""
    metrics, prefix = run.scores.student.evaluation.metrics, f'{source}/'
    own = {name.removeprefix(prefix): value for name, value in metrics.items() if name.startswith(prefix)}
    return {name: round(value, _DIGITS) for name, value in own.items() if '/' not in name and math.isfinite(value)}


def hugging_face_results(run: Run) -> list[dict[str, Any]]:
    """Entries of ``results`` in a model index: of each source, and of COCO and MPII together."""
    boxes, together = run.protocol['boxes'], measures(run, MEAN_SOURCE)
    found = [
        dict(
            task=dict(_TASK),
            dataset=dict(
                type=source,
                name=f'{_title(run, source)}, {count} people, boxes: {boxes[source]}',
            ),
            metrics=[dict(type=name, value=value) for name, value in measures(run, source).items()],
        )
        for source, count in run.protocol['num_samples'].items()
    ]
    if together:
        found.append(
            dict(
                task=dict(_TASK),
                dataset=dict(type=MEAN_SOURCE, name='coco and mpii, as above'),
                metrics=[dict(type=name, value=value) for name, value in together.items()],
            )
        )
    return found


def model_zoo_results(run: Run) -> list[dict[str, Any]]:
    """Entries of ``Results`` in a metafile: the measures that MMPose's model zoo has names for."""
    found = []
    for source in run.protocol['num_samples']:
        own = measures(run, source)
        metrics = {zoo: own[name] for name, zoo in _ZOO_NAMES.items() if name in own}
        metrics |= {zoo: round(own[name] / 100, _DIGITS) for name, zoo in _ZOO_SHARES.items() if name in own}
        if metrics:
            found.append({'Dataset': _title(run, source), 'Metrics': metrics, 'Task': 'Body 2D Keypoint'})
    return found


def _title(run: Run, source: str) -> str:
    return run.tested_on[source].title if source in run.tested_on else source
