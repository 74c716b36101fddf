"""Where flip tests move what is predicted, and what they are worth."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import numpy as np
from mmengine.config import Config
from mmpose.datasets.transforms import TopdownAffine
from mmpose.structures.bbox import bbox_xyxy2cs

from benchmarks.quality.facts import annotated_people
from benchmarks.quality.rows import ROWS, TEACHERS
from benchmarks.quality.runs import WEIGHTS, benchmark_config, on_split, row_config, trained
from unipose.evaluation.evaluate import Evaluation, evaluate_checkpoint
from unipose.evaluation.format_scores import format_markdown
from unipose.skeletons import load_skeleton
from unipose.teachers.calibration import TOLERANCE

_MEASURES = {'AP': 100, 'PCKh@0.5': 1, 'PCKh@0.1': 1}  # what makes each a percentage
_HEAD = ['', 'flip test', 'people', 'offset x', 'offset y', *_MEASURES]
_FLIP_TESTS = {'none': False, "MMPose's": True, 'aligned': 'aligned'}


def measure_flips(students: Sequence[str] = ()) -> str:
    """Offsets and scores of the benchmark's teachers on dev, each on its own dataset, with each flip test.

    Args:
        students: Rows of the benchmark to measure on both datasets as well, seed 0; they are trained if they are not.

    Returns:
        A table in Markdown. An offset is the mean signed error of the keypoints that are found (within 5% of the
        input's height), pixels of the model's input; AP in percent.
    """
    rows = []
    for name in TEACHERS:
        rows += _rows(name.replace('_', ' '), benchmark_config(name), WEIGHTS / f'{name}.pth')
    for name in students:
        checkpoint, _ = trained(ROWS[name].trained_as or name, 0)
        rows += _rows(ROWS[name].title, row_config(name, 0), checkpoint)
    return format_markdown(_HEAD, rows)


def _rows(title: str, config: Config, checkpoint: Path) -> list[list[str]]:
    ways = [(name, flip_test, {}) for name, flip_test in _FLIP_TESTS.items()]
    if 'shift_heatmap' in config.model.test_cfg:
        ways.insert(1, ("MMPose's, `shift_heatmap=False`", True, dict(shift_heatmap=False)))
    rows = []
    for name, flip_test, test_cfg in ways:
        changed = on_split(copy.deepcopy(config), 'dev')
        changed.model.test_cfg = dict(changed.model.test_cfg, **test_cfg)
        evaluation = evaluate_checkpoint(changed, checkpoint, flip_test)
        for source in evaluation.protocol['num_samples']:
            errors, _ = found_errors(evaluation, changed, source)
            places = [f'{value:+.2f}' for value in np.nanmean(errors, axis=(0, 1))]
            rows.append([title, name, source, *places, *_scores(evaluation, source)])
    return rows


def found_errors(evaluation: Evaluation, config: Config, source: str) -> tuple[np.ndarray, np.ndarray]:
    """How far right and below its place each keypoint of a source is that is found, within 5% of the input's height.

    Returns:
        Errors ``[P, K, 2]``, xy, pixels of the model's input, NaN where none is found; and how many of these pixels a
        pixel of the image is, ``[P]``.
    """
    records = sorted((one for one in evaluation.predictions if one['source'] == source), key=lambda one: one['id'])
    people, _ = annotated_people(source, records, config)
    indices = [evaluation.keypoint_names.index(name) for name in load_skeleton(source).names]
    predicted = np.array([record['keypoints'] for record in records])[:, indices]  # [P, K, 2]
    truth = np.concatenate([person['keypoints'] for person in people])  # [P, K, 2]
    known = np.concatenate([person['keypoints_visible'] for person in people]) > 0  # [P, K]
    width, height = evaluation.protocol['input_size']
    boxes = np.array([record['bbox'] for record in records], dtype=np.float32)
    _, crops = bbox_xyxy2cs(boxes, padding=evaluation.protocol['padding'][source])
    per_image_px = width / TopdownAffine._fix_aspect_ratio(crops, width / height)[:, 0]  # [P]
    errors = (predicted - truth) * per_image_px[:, None, None]
    found = known & (np.linalg.norm(errors, axis=-1) <= TOLERANCE * height)
    return np.where(found[..., None], errors, np.nan), per_image_px


def _scores(evaluation: Evaluation, source: str) -> list[str]:
    names = {f'{source}/{measure}': factor for measure, factor in _MEASURES.items()}
    return [
        f'{factor * evaluation.metrics[name]:.2f}' if name in evaluation.metrics else '-'
        for name, factor in names.items()
    ]
