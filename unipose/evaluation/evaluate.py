"""From a config and a checkpoint to numbers on every dataset, with the protocol beside them."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dist import all_gather_object, is_main_process
from mmengine.registry import init_default_scope
from mmpose.registry import EVALUATORS
from mmpose.structures import PoseDataSample
from torch import nn
from torch.utils.data import DataLoader

from unipose.batches.loaders import build_loader
from unipose.batches.sample_batch import metainfo_of
from unipose.checkpoints.loading import resolve_checkpoint, sha256_file
from unipose.compute.memory import memory_kept
from unipose.console.mistakes import error_message
from unipose.console.progress import ProgressBar
from unipose.files import DamagedImageError
from unipose.rescoring.rescorer import Rescorer
from unipose.simcc.flip_test import FlipTest, set_flip_test
from unipose.skeletons import KeypointMap, Skeleton, load_skeleton
from unipose.skeletons.loading import SkeletonSpec

from .configs import keep_metrics_of, student_config, teacher_config
from .ground_truth import predict_ground_truth
from .load_model import check_outputs, load_model
from .people_in_boxes import PeopleInBoxes
from .protocol import checkpoint_facts, protocol_stamp
from .rescored import configured_rescorer, rescore
from .unified_evaluator import UnifiedEvaluator
from .ways import Way, way_of

Predict = Callable[[dict], list[PoseDataSample]]
"""From a batch of the dataloader to samples with ``pred_instances``."""
Load = Callable[[Config, Path, str], nn.Module]
"""From a test config, a checkpoint and what it is of, for messages, to an estimator in eval mode."""


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        metrics: ``{'coco/AP': 0.7, ...}``; AP in [0, 1], PCK and PCKh in percent.
        per_keypoint: ``{source: {keypoint: {measure: value}}}``.
        protocol: How the numbers came about, see :func:`unipose.evaluation.protocol.protocol_stamp`.
        keypoint_names: Names of the keypoints in ``predictions``.
        predictions: One record per sample: source, id, img_id, image (file name), bbox (xyxy), keypoints ``[K, 2]``
            (0-based image pixels) and scores ``[K]``; score, where a rescorer or the model itself scored them.
    """

    metrics: dict[str, float]
    per_keypoint: dict[str, dict[str, dict[str, float]]]
    protocol: dict[str, Any]
    keypoint_names: tuple[str, ...]
    predictions: list[dict[str, Any]]

    @classmethod
    def from_scores(cls, content: Mapping[str, Any]) -> Evaluation:
        """From what :meth:`scores` says, read from JSON; without predictions.

        Raises:
            KeyError: If it is something else.
        """
        per_keypoint = {
            source: {keypoint: _numbers(values) for keypoint, values in table.items()}
            for source, table in content['per_keypoint'].items()
        }
        return cls(_numbers(content['metrics']), per_keypoint, content['protocol'], (), [])

    def scores(self) -> dict[str, Any]:
        """The content of ``metrics.json``."""
        return dict(protocol=self.protocol, metrics=self.metrics, per_keypoint=self.per_keypoint)

    def dump(self) -> dict[str, Any]:
        """The content of ``predictions.json``."""
        return dict(protocol=self.protocol, keypoint_names=list(self.keypoint_names), predictions=self.predictions)


def evaluate_checkpoint(
    config: str | Path | Config,
    checkpoint: str | Path,
    flip_test: FlipTest = True,
    what: str = 'student',
    scales: Sequence[float] = (1.0,),
    skeleton: SkeletonSpec | None = None,
    load: Load = load_model,
) -> Evaluation:
    """Scores a checkpoint on every source of a config's test dataset.

    Teachers are not needed: neither built nor read. With ``test_cfg.dialects`` each dataset is predicted in its own
    dialect, as far as the checkpoint has them; an exported student has none.

    With ``rescorer`` in the config, a person's score is the OKS that this file of ``unipose rescore`` predicts.

    Args:
        config: Training or test config, or its file.
        checkpoint: Checkpoint of a training run, or an exported student.
        flip_test: Average predictions with those on the mirrored image, see :mod:`unipose.simcc.flip_test`.
        what: What is evaluated, for messages.
        scales: Sizes of crops or pictures to put predictions together of, of the usual one; the first is the one that
            counts for the rest.
        skeleton: Keypoints to keep of the predictions, by name; metrics that need others are left out.
        load: What makes a model of config and checkpoint.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If config, checkpoint and datasets do not fit each other, or an image is damaged.
    """
    config = student_config(config)
    if skeleton is not None:
        skeleton = load_skeleton(skeleton)
        keep_metrics_of(config, skeleton)
    path = resolve_checkpoint(checkpoint)
    model = load(config, path, what)
    set_flip_test(model, flip_test)
    skeleton = skeleton or load_skeleton(config.test_dataloader.dataset.skeleton)
    facts = checkpoint_facts(path, sha256_file(path))
    return _evaluate(config, model, way_of(config, model, scales), facts, flip_test, scales, skeleton)


def _evaluate(
    config: Config,
    model: nn.Module,
    way: Way,
    facts: Mapping[str, Any],
    flip_test: FlipTest,
    scales: Sequence[float],
    skeleton: Skeleton,
) -> Evaluation:
    """Scores a model on every source of a test config, and keeps the skeleton's keypoints of its predictions."""
    loader, evaluator = build_test_data(way.scaled(config, scales[0]))
    check_outputs(model, loader.dataset.skeleton)
    rescorer = configured_rescorer(config, loader.dataset.skeleton, evaluator)
    kept = KeypointMap(skeleton, loader.dataset.skeleton)
    dialects = bool(model.test_cfg.get('dialects'))
    loaders = [loader, *(build_test_loader(way.scaled(config, scale)) for scale in scales[1:])]
    metrics, predictions = _run(model.test_step, loaders, evaluator, way, rescorer, flip_test)
    protocol = protocol_stamp(
        loader.dataset,
        evaluator.num_samples,
        way.input_size,
        flip_test,
        dialects,
        facts,
        scales,
        evaluator.scored,
        where=way.protocol(loader.dataset),
    )
    if rescorer:
        protocol['rescorer'] = Path(config.rescorer).name
    predictions = [_kept(record, kept.dst_indices) for record in predictions]
    return Evaluation(metrics, evaluator.per_keypoint, protocol, kept.src.names, predictions)


def evaluate_teacher(
    config: str | Path | Config,
    name: str,
    source: str | None = None,
    padding: float | None = None,
    checkpoint: str | Path | None = None,
    flip_test: FlipTest = True,
    scales: Sequence[float] = (1.0,),
    canvas: bool = False,
) -> Evaluation:
    """Scores a teacher on its own dataset, in its own keypoints.

    Args:
        config: Config of the student that it teaches.
        name: Its name among ``model.teachers``.
        source: The source to score it on; by default the one of the same name.
        padding: Factor from a person's box to the teacher's crop; by default the entry's, or MMPose's 1.25.
        checkpoint: Its weights; by default those in its entry.
        flip_test: Average predictions with those on the mirrored image, see :mod:`unipose.simcc.flip_test`. A teacher
            that MMPose does not decode by itself is always aligned.
        scales: Sizes of crops to average predictions over, of the usual one.
        canvas: Whether it sees canvases, as it does when it teaches; by default it sees crops as it was trained on.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If there is no such teacher or source, or they do not fit.
    """
    return score_teacher(
        *teacher_config(config, name, source, padding, canvas, flip_test=flip_test, weights=checkpoint), scales
    )


def score_teacher(config: Config, model: nn.Module, scales: Sequence[float] = (1.0,)) -> Evaluation:
    """Scores a teacher with the config that :func:`unipose.evaluation.configs.teacher_config` made for it."""
    way, flip_test = PeopleInBoxes(model.input_size), model.test_cfg['flip_test']
    evaluation = _evaluate(config, model, way, model.facts(), flip_test, scales, model.skeleton)
    crop = model.crop
    if crop['type'] == 'CanvasAffine':
        evaluation.protocol['canvas'] = [*crop['canvas_size'], crop['canvas_scale']]
    return evaluation


def evaluate_ground_truth(config: str | Path | Config) -> Evaluation:
    """Scores the annotations as if a model had predicted them: what a perfect model gets, AP 1.0 and PCKh 100.

    Args:
        config: Training or test config, or its file.
    """
    config = student_config(config)
    init_default_scope(config.get('default_scope', 'mmpose'))
    loader, evaluator = build_test_data(config)
    way = way_of(config)
    metrics, predictions = _run(
        lambda batch: [predict_ground_truth(sample) for sample in batch['data_samples']], [loader], evaluator, way
    )
    facts = dict(checkpoint='ground truth', checkpoint_sha256=None, ema=None, epoch=None)
    protocol = protocol_stamp(
        loader.dataset,
        evaluator.num_samples,
        way.input_size,
        flip_test=False,
        dialects=False,
        checkpoint=facts,
        scored=evaluator.scored,
        where=way.protocol(loader.dataset),
    )
    return Evaluation(metrics, evaluator.per_keypoint, protocol, loader.dataset.skeleton.names, predictions)


def build_test_data(config: Config) -> tuple[DataLoader, UnifiedEvaluator]:
    """Dataloader and evaluator of a config's ``test_dataloader`` and ``test_evaluator``."""
    loader, evaluator = build_test_loader(config), EVALUATORS.build(config.test_evaluator)
    evaluator.dataset_meta = loader.dataset.metainfo
    return loader, evaluator


def build_test_loader(config: Config) -> DataLoader:
    """Dataloader of a config's ``test_dataloader``, for one epoch."""
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it reads
        return build_loader(dict(config.test_dataloader, persistent_workers=False), seed=0)


@torch.no_grad()
def _run(
    predict: Predict,
    loaders: Sequence[DataLoader],
    evaluator: UnifiedEvaluator,
    way: Way,
    rescorer: Rescorer | None = None,
    flip_test: FlipTest = False,
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    records: dict[tuple, dict] = {}
    total = len(loaders[0].dataset)
    hidden = None if is_main_process() else True
    with memory_kept(), ProgressBar(total=total, unit=way.unit, disable=hidden) as progress:
        for batches in zip(*(_whole_batches(loader) for loader in loaders), strict=True):
            way.check(batches[0]['data_samples'][0])
            samples = way.merged([predict(batch) for batch in batches]) if len(batches) > 1 else predict(batches[0])
            if rescorer:
                rescore(samples, rescorer)
            for sample in samples:
                sample.set_metainfo(dict(flip_test=flip_test))
                for record in way.records(sample, bool(rescorer)):
                    records[record['source'], record['img_id'], record['id']] = record
            evaluator.process(samples)
            progress.update(len(samples))
    metrics = evaluator.evaluate(total)
    gathered: dict[tuple, dict] = {}
    for part in all_gather_object(records):
        gathered.update(part)
    order = list(evaluator.scorers)
    return metrics, sorted(gathered.values(), key=lambda record: (order.index(record['source']), *way.order(record)))


def _numbers(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in values.items()}


def _kept(record: dict[str, Any], indices: Sequence[int]) -> dict[str, Any]:
    return record | {key: [record[key][index] for index in indices] for key in ('keypoints', 'scores')}


def _whole_batches(loader: DataLoader) -> Iterator[dict]:
    """The loader's batches, as long as no sample stands in for one whose image is damaged."""
    try:
        for batch in loader:
            skipped = [problem for found in metainfo_of(batch['data_samples'], 'skipped') for problem in found or ()]
            if skipped:
                raise DamagedImageError(skipped[0])
            yield batch
    except DamagedImageError as error:
        raise DamagedImageError(
            f'{error_message(error)}; get this file again: scores of fewer people would not compare'
        ) from None
