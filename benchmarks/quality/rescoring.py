"""Measures what a rescorer is worth: AP and the order of people's scores, with and without it."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import numpy as np
from mmengine.config import Config

from benchmarks.quality.runs import on_split, row_config, trained
from unipose.commands.rescore import collect_predictions, score_quality
from unipose.evaluation.configs import detected_config
from unipose.evaluation.evaluate import evaluate_checkpoint
from unipose.evaluation.format_scores import format_table
from unipose.files import write_json
from unipose.rescoring import Predictions, fit_rescorer

WORK_DIR = Path('work_dirs/rescoring')
_JITTER, _BOXES, _BACKGROUND = 0.05, 4, 1
_HEAD = ('people scored by', 'AP', 'AP, detected', 'squared error', 'Spearman', 'Kendall')
_UNSEEN = dict(coco=-346, mpii=-56)  # all but the first people, which students learn from


def measure_demo() -> str:
    """The demo's student: fitted on the people that it learned from, measured on its validation people."""
    config = Config.fromfile('configs/demo/distill.py')
    checkpoint = Path('work_dirs/demo') / f'epoch_{config.train_cfg.max_epochs}.pth'
    return measure_rescoring(config, checkpoint, {'people it learned from': (config, 'train')})


def measure_row(name: str, seed: int, split: str) -> str:
    """A student of the quality benchmark: fitted on other people than it is measured on.

    Args:
        name: One of :data:`benchmarks.quality.rows.ROWS`; it is trained if it is not yet.
        seed: The run's seed.
        split: ``'dev'`` or ``'test'``; for ``'test'`` a rescorer is fitted on the people of ``'dev'`` too.
    """
    checkpoint, _ = trained(name, seed)
    config = row_config(name, seed)
    unseen = copy.deepcopy(config)
    for source, indices in _UNSEEN.items():
        unseen.train_dataloader.dataset.sources[source].dataset.indices = indices
    fits = {'people it learned from': (config, 'train'), 'as many others': (unseen, 'train')}
    if split == 'test':
        fits['dev people'] = copy.deepcopy(config), 'val'
    return measure_rescoring(on_split(copy.deepcopy(config), split), checkpoint, fits)


def measure_rescoring(config: Config, checkpoint: Path, fits: dict[str, tuple[Config, str]]) -> str:
    """Scores a student's people in each way.

    Args:
        config: What to measure on; its source ``coco``.
        checkpoint: The student.
        fits: By title, a config and its split whose people a rescorer is fitted on.

    Returns:
        A table: AP with annotated boxes and with detected ones, and what scores say of the true OKS of people in
        annotated boxes.
    """
    annotations = Path(config.test_evaluator.metrics.coco.ann_file)
    files = [WORK_DIR / f'boxes_{kind}.json' for kind in ('scored', 'equal')]
    boxes = detections(json.loads(annotations.read_text()), seed=0)
    for file, found in zip(files, (boxes, [dict(box, score=1.0) for box in boxes])):
        write_json(file, found)
    truth = copy.deepcopy(config)
    truth.val_dataloader = truth.test_dataloader
    truth.val_dataloader.dataset.sources.mpii = None
    people = collect_predictions(truth, checkpoint, 'val')
    quality = _quality(people.mean_scores(), people)
    titles = 'box score x mean keypoint score', 'mean keypoint score'
    rows = [[title, *_aps(config, checkpoint, file), *quality] for title, file in zip(titles, files)]
    for number, (title, (of, split)) in enumerate(fits.items()):
        predictions = collect_predictions(of, checkpoint, split, _JITTER, _BOXES, _BACKGROUND)
        rescorer = fit_rescorer(predictions)
        config.rescorer = str(WORK_DIR / f'rescorer_{number}.pth')
        rescorer.save(config.rescorer)
        title = f'rescorer, {title} ({len(predictions)} boxes)'
        scores = rescorer.predict(people.keypoints, people.scores)
        rows.append([title, *_aps(config, checkpoint, files[0]), *_quality(scores, people)])
    head = f'{len(people)} people, mean OKS {people.oks.mean():.3f}; {len(boxes)} detected boxes'
    return '\n'.join([head, *format_table(_HEAD, rows)])


def detections(annotations: dict, seed: int) -> list[dict]:
    """Boxes as a detector finds them: loose, one in twenty people missed, one in five found twice, some nobody's.

    Args:
        annotations: The content of a COCO file.
        seed: Of everything random.

    Returns:
        COCO results; a box scores its overlap with the person, plus noise.
    """
    rng = np.random.default_rng(seed)
    found = []
    for image in annotations['images']:
        people = [np.array(one['bbox']) for one in annotations['annotations'] if one['image_id'] == image['id']]
        boxes = []
        for person in people:
            if rng.random() < 0.95:
                boxes.append(_moved(person, rng.uniform(0.01, 0.1), rng))
            if rng.random() < 0.2:
                boxes.append(_moved(person, 0.15, rng))
        for _ in range(rng.poisson(0.5)):
            height = rng.uniform(0.2, 0.7) * image['height']
            size = np.array([rng.uniform(0.4, 0.8) * height, height])
            boxes.append(np.concatenate([rng.uniform(0, 1, 2) * ([image['width'], image['height']] - size), size]))
        for box in boxes:
            overlap = max((_iou(box, person) for person in people), default=0.0)
            score = float(np.clip(overlap + rng.normal(0, 0.15), 0.05, 1.0))
            found.append(dict(image_id=image['id'], category_id=1, bbox=box.tolist(), score=score))
    return found


def _moved(box: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    left, top, width, height = box
    near, far = box[2:] * rng.normal(0, share, (2, 2)).clip(-0.4, 0.4)
    return np.array([left + near[0], top + near[1], width - near[0] + far[0], height - near[1] + far[1]])


def _iou(first: np.ndarray, second: np.ndarray) -> float:
    sides = np.minimum(first[:2] + first[2:], second[:2] + second[2:]) - np.maximum(first[:2], second[:2])
    shared = sides.clip(0).prod()
    return float(shared / (first[2:].prod() + second[2:].prod() - shared))


def _aps(config: Config, checkpoint: Path, file: Path) -> list[str]:
    configs = config, detected_config(config, dict(coco=str(file)))
    return [f'{100 * evaluate_checkpoint(one, checkpoint).metrics["coco/AP"]:.2f}' for one in configs]


def _quality(scores: np.ndarray, people: Predictions) -> list[str]:
    return [f'{value:.4f}' for value in score_quality(scores, people.oks)]
