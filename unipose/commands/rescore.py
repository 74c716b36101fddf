"""Collects a student's predictions of annotated people, and measures a rescorer on those that it was not fitted on."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmpose.registry import DATASETS
from scipy.stats import kendalltau, spearmanr
from tqdm import tqdm

from unipose.batches.loaders import sample_loader
from unipose.checkpoints.loading import resolve_checkpoint
from unipose.commands.found_people import found_rows
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.evaluation.configs import student_config
from unipose.evaluation.format_scores import format_table
from unipose.evaluation.load_model import check_outputs, load_model
from unipose.evaluation.whole_pictures import shows_whole_pictures
from unipose.rescoring import Predictions, fit_rescorer
from unipose.rescoring.boxes import People, PersonBox
from unipose.rescoring.rescorer import Rescorer
from unipose.skeletons.oks import oks


@dataclass(frozen=True)
class RescoringReport:
    """A rescorer fitted on most images, and what scores are worth on the others.

    Args:
        rescorer: The rescorer; ``measured`` has the number of boxes and the table's numbers.
        table: By kind of score, on the people held out: mean squared error, Spearman's and Kendall's rank correlation
            with the true OKS.
    """

    rescorer: Rescorer
    table: dict[str, tuple[float, float, float]]

    def __str__(self) -> str:
        boxes = self.rescorer.measured['boxes']
        rows = [[name, *(f'{value:.4f}' for value in values)] for name, values in self.table.items()]
        head = f'fitted on {boxes["fitted"]} boxes, measured on {boxes["held_out"]} in other images:'
        return '\n'.join([head, *format_table(['score', 'squared error of OKS', 'Spearman', 'Kendall'], rows)])


def collect_predictions(
    config: Config,
    checkpoint: str | Path,
    split: str = 'train',
    jitter: float = 0.0,
    boxes: int = 1,
    background: int = 0,
    seed: int = 0,
) -> Predictions:
    """Has a student predict the annotated people of a config, as in a test: without augmentation.

    A model that finds people itself is shown whole pictures: there are no boxes to draw, and whom it finds has the OKS
    of the annotated person whom it is most alike, see :func:`unipose.rescoring.matched.matched_oks`.

    Args:
        config: Config that the student was trained with.
        checkpoint: Its checkpoint, or the exported student.
        split: Whose sources: ``'train'`` or ``'val'``.
        jitter: How far the edges of boxes are from where they should be, as a detector's are: standard deviation, as a
            share of the box's sides.
        boxes: How many boxes of each person are predicted, each with other edges.
        background: How many boxes with nobody in them are predicted for each person, elsewhere in the image, if there
            is room; their OKS is 0. Without any, a rescorer does not know what a detector's mistakes look like.
        seed: Seed of edges and places.

    Returns:
        People with at least one annotated keypoint, and background; or all who are found.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If config, checkpoint and data do not fit each other, or nobody is annotated.
    """
    if min(jitter, background) < 0 or boxes < 1 or (boxes > 1 and not jitter):
        raise ValueError(
            'jitter and background must be 0 or more, and boxes 1, or more with a jitter that makes them differ. Got: '
            f'jitter {jitter:g}, background {background}, boxes {boxes}'
        )
    config = student_config(config)
    path = resolve_checkpoint(checkpoint)
    model, dataset = load_model(config, path), _dataset(config, split)
    check_outputs(model, dataset.skeleton)
    is_found = shows_whole_pictures(config)
    if is_found and (jitter or background or boxes > 1):
        raise ValueError(
            f'a {config.model.type} finds people itself; leave out --jitter, --boxes and --background, which are of '
            'boxes that people are looked for in'
        )
    if is_found:
        rows = list(found_rows(config, model, dataset))
    else:
        people = People(dataset, seed)
        rows = list(_rows(config, model, people, people.boxes(jitter, boxes, background)))
    rows = [row for row in rows if np.isfinite(row['oks'])]
    if not rows:
        of_whom, has = ('pictures', 'anybody whom the model finds') if is_found else ('people', 'annotated keypoints')
        raise ValueError(f'none of the {len(dataset)} {of_whom} of {split}_dataloader has {has}; name others')
    return Predictions(
        names=np.array(dataset.skeleton.names),
        links=np.array(dataset.skeleton.link_indices).reshape(-1, 2),
        flip_indices=np.array(dataset.skeleton.flip_indices),
        found=is_found,
        **{name: np.stack([row[name] for row in rows]) for name in rows[0]},
    )


def measure_rescorer(predictions: Predictions, seed: int = 0) -> RescoringReport:
    """Fits a rescorer on four fifths of the images, and measures it on the others.

    Args:
        predictions: What a student predicted.
        seed: Of the draw and the fit.

    Raises:
        ValueError: If there are too few images.
    """
    held_out = predictions.held_out(seed=seed)
    rescorer, others = fit_rescorer(predictions.of(~held_out), seed), predictions.of(held_out)
    own = "the model's own score" if predictions.found else 'mean keypoint score'
    table = {
        own: score_quality(others.mean_scores(), others.oks),
        'rescorer': score_quality(rescorer.predict(others.keypoints, others.scores), others.oks),
    }
    boxes = dict(fitted=len(predictions) - len(others), held_out=len(others))
    rescorer.measured = dict(boxes=boxes, **{name: list(values) for name, values in table.items()})
    return RescoringReport(rescorer, table)


def score_quality(scores: np.ndarray, oks: np.ndarray) -> tuple[float, float, float]:
    """What scores say of the true OKS.

    Args:
        scores: ``[N]``.
        oks: ``[N]``.

    Returns:
        Mean squared difference, Spearman's and Kendall's rank correlation (NaN where all are the same).
    """
    error = np.square(scores - oks).mean()
    if np.ptp(scores) == 0 or np.ptp(oks) == 0:
        return float(error), float('nan'), float('nan')
    return float(error), float(spearmanr(scores, oks).statistic), float(kendalltau(scores, oks).statistic)


def _dataset(config: Config, split: str) -> UnifiedKeypointDataset:
    """The annotated sources of a split, with the pipeline of tests."""
    sources = ((config.get(f'{split}_dataloader') or {}).get('dataset') or {}).get('sources') or {}
    annotated = {name: dict(source) for name, source in sources.items() if source and source.get('skeleton')}
    if not annotated:
        raise ValueError(
            f'{split}_dataloader.dataset must have sources with keypoints (skeleton=...), as in '
            f'configs/distill_small.py. Got: {list(sources)}'
        )
    for source in annotated.values():  # people are annotated, not detected
        source['dataset'] = {key: value for key, value in source['dataset'].items() if key != 'bbox_file'}
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it reads
        return DATASETS.build(dict(config.test_dataloader.dataset, sources=annotated, test_mode=True))


@torch.no_grad()
def _rows(config: Config, model: torch.nn.Module, people: People, boxes: list[PersonBox]) -> Iterator[dict[str, Any]]:
    settings = config.test_dataloader
    loader = sample_loader(
        people,
        batch_size=settings.get('batch_size', 1),
        num_workers=settings.get('num_workers', 0),
        sampler=boxes,
    )
    sigmas, order = np.array(people.skeleton.sigmas), iter(boxes)
    with tqdm(total=len(boxes), unit='person') as progress:
        for batch in loader:
            for sample in model.test_step(batch):
                box = next(order)
                found, truth = sample.pred_instances, people.truth(box.index)
                of_truth = (truth['keypoints'], truth['annotated'], np.array([truth['area']]))
                yield dict(
                    keypoints=found.keypoints[0].astype(np.float32),
                    scores=found.keypoint_scores[0].astype(np.float32),
                    bbox=found.bboxes[0],
                    bbox_score=found.bbox_scores[0],
                    **{name: truth[name] for name in ('known', 'image', 'source')},
                    oks=0.0 if box.background else oks(found.keypoints, *of_truth, sigmas)[0],
                )
                progress.update()
