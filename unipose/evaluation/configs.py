"""Configs to test with: a training config without what only training needs, and a teacher on its own dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch import nn

from unipose.batches.walk_pipeline import steps_of
from unipose.checkpoints.model_kinds import finds_people, refuse_pictures
from unipose.checkpoints.without_starts import without_starts
from unipose.files.read_config import read_config
from unipose.skeletons import KeypointMap, Skeleton, load_skeleton

from .whole_pictures import shows_whole_pictures

_TEST_KEYS = ('model', 'test_dataloader', 'test_evaluator')


def student_config(config: str | Path | Config) -> Config:
    """A config to test a student with.

    Args:
        config: Training or test config, or its file.

    Returns:
        A copy with ``model`` (without teachers and initialisation), ``test_dataloader`` and ``test_evaluator`` (those
        of validation where there are none).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the config says nothing of testing.
    """
    config = read_config(config)
    for key in ('dataloader', 'evaluator'):
        if config.get(f'test_{key}') is None:
            config[f'test_{key}'] = config.get(f'val_{key}')
    missing = [key for key in _TEST_KEYS if not config.get(key)]
    if missing:
        raise ValueError(
            f'config {config.filename or ""} lacks {missing}; give one that says what to test on, such as '
            'configs/distill_small.py'
        )
    if not config.test_dataloader.dataset.get('sources'):
        raise ValueError(
            f'config {config.filename or ""}: test_dataloader.dataset must be a UnifiedKeypointDataset, or for a model '
            'that finds people itself a WholePictureDataset, with named sources. Got: '
            f'{config.test_dataloader.dataset.get("type")}'
        )
    if finds_people(config) != shows_whole_pictures(config):
        raise ValueError(
            f'config {config.filename or ""}: a {config.model.type} takes '
            f'{"whole pictures" if finds_people(config) else "people in boxes"}, test_dataloader.dataset, a '
            f'{config.test_dataloader.dataset.type}, has the others; WholePictureDataset is of models that find people'
        )
    config.model = without_starts(config.model)
    config.model.pop('teachers', None)
    return config


def teacher_config(
    config: str | Path | Config,
    name: str,
    source: str | None = None,
    padding: float | None = None,
    canvas: bool = False,
    **options: Any,
) -> tuple[Config, nn.Module]:
    """A config to test a teacher with, in its own keypoints and on one source, and the teacher.

    Args:
        config: Config of the student that it teaches.
        name: Its name among ``model.teachers``.
        source: Name of the source; by default the teacher's.
        padding: Factor from a person's box to the teacher's crop; by default the entry's, or MMPose's 1.25.
        canvas: Whether it sees canvases, as it does when it teaches; by default it sees crops as it was trained on.
        **options: ``flip_test`` and ``weights`` of :class:`unipose.teachers.teacher_estimator.TeacherEstimator`.

    Returns:
        The config, and the estimator on the device that there is.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If there is no such teacher or source, or they do not fit together.
    """
    config = read_config(config)
    entry = teacher_entry(config, name)
    student = _canvas_of(config) if canvas else None
    config = student_config(config)
    config.pop('rescorer', None)  # it is the student's
    sources, metrics = config.test_dataloader.dataset.sources, config.test_evaluator.metrics
    source = source or name
    if source not in test_sources(config):
        raise ValueError(
            f'there is no test source {source!r} with metrics for teacher {name!r}; there are {test_sources(config)}. '
            'Say which: `unipose test` has --source'
        )
    init_default_scope(config.get('default_scope', 'mmpose'))
    model = MODELS.build(dict(type='TeacherEstimator', name=name, entry=entry, student=student, **options))
    if not canvas:
        padding = padding or model.padding(source)
    dataset = config.test_dataloader.dataset
    skeleton = model.skeleton.to_metainfo()
    dataset.skeleton = config.test_evaluator.skeleton = skeleton
    dataset.sources = ConfigDict({source: dict(sources[source], **(dict(padding=padding) if padding else {}))})
    dataset.pipeline = [model.crop if step['type'] == 'TopdownAffine' else step for step in dataset.pipeline]
    config.test_evaluator.metrics = ConfigDict({source: metrics[source]})
    return config, model.to(get_device()).eval()


def _canvas_of(config: Config) -> dict[str, Any]:
    """What a teacher must know of the student that it teaches, and of the canvas that it does so through.

    Raises:
        ValueError: If training crops no canvas.
    """
    refuse_pictures(config, 'score teachers with the config of a top-down student, as configs/distill_small.py')
    pipeline = (config.get('train_dataloader') or {}).get('dataset', {}).get('pipeline') or []
    crop = next((step for step in steps_of(pipeline) if step['type'] == 'CanvasAffine'), None)
    if crop is None:
        raise ValueError(
            f'config {config.filename or ""} crops no canvas in train_dataloader.dataset.pipeline (CanvasAffine), so '
            'nothing says what its teachers see; give the config that the student is trained with'
        )
    beta = (config.model.get('loss') or {}).get('beta', 10.0)
    how = {key: crop[key] for key in ('canvas_size', 'canvas_scale') if key in crop}
    return dict(how, decoder=config.model.head.decoder, beta=beta)


def test_sources(config: Config) -> list[str]:
    """Names of the sources that a config of :func:`student_config` tests on and has metrics for."""
    sources, metrics = config.test_dataloader.dataset.sources, config.test_evaluator.metrics
    return [name for name, source in sources.items() if source and metrics.get(name)]


def detected_config(config: str | Path | Config, boxes: Mapping[str, str]) -> Config:
    """A config to test on detected boxes.

    Args:
        config: Training or test config, or its file.
        boxes: By source, a JSON file of detections in COCO's results format, as MMPose's ``bbox_file``.

    Returns:
        A copy that tests on these sources alone.

    Raises:
        ValueError: If there is no such source to test on.
    """
    student, config = student_config(config), read_config(config)
    config.test_dataloader, config.test_evaluator = student.test_dataloader, student.test_evaluator
    if shows_whole_pictures(config):
        raise ValueError(f'a {config.model.type} finds people itself; leave out the boxes of a detector')
    unknown = sorted(set(boxes) - set(test_sources(config)))
    if unknown:
        raise ValueError(f'there are no test sources {unknown} with metrics; there are {test_sources(config)}')
    _keep_sources(config, list(boxes))
    for name, file in boxes.items():
        config.test_dataloader.dataset.sources[name].dataset.bbox_file = str(file)
    return config


def keep_metrics_of(config: Config, skeleton: Skeleton) -> None:
    """Leaves out of a test config, in place, what a skeleton's keypoints are not enough to score.

    Raises:
        ValueError: If nothing is left.
    """
    missing, dataset = {}, config.test_dataloader.dataset
    predicted = load_skeleton(
        dataset.get('skeleton') or [source.skeleton for source in dataset.sources.values() if source]
    )
    for name in test_sources(config):
        metrics = config.test_evaluator.metrics[name]
        metrics = metrics if isinstance(metrics, Sequence) else [metrics]
        needed = [keypoint for metric in metrics for keypoint in _predicted(metric, predicted)]
        missing[name] = [keypoint for keypoint in dict.fromkeys(needed) if keypoint not in skeleton.names]
    kept = [name for name, keypoints in missing.items() if not keypoints]
    if not kept:
        lacks = '; '.join(f'{name} needs {keypoints} too' for name, keypoints in missing.items())
        raise ValueError(f'the keypoints of {skeleton.name!r} are not enough to score anything: {lacks}')
    _keep_sources(config, kept)


def _predicted(metric: Mapping[str, Any], skeleton: Skeleton) -> list[str]:
    """Names, in the skeleton of predictions, of the keypoints that a metric scores."""
    options = {key: metric[key] for key in ('aliases', 'partial', 'substitutes') if key in metric}
    found = KeypointMap(load_skeleton(metric['skeleton']), skeleton, **options)
    return [skeleton.names[index] for index in found.dst_indices]


def teacher_entry(config: Config, name: str) -> ConfigDict:
    """A teacher's entry in the config of the student that it teaches.

    Raises:
        ValueError: If there is none of that name.
    """
    entries = (config.get('model') or {}).get('teachers') or {}
    teachers = {key: entry for key, entry in entries.items() if entry}
    if name not in teachers:
        raise ValueError(f'the config has no teacher {name!r}; it has {list(teachers)}')
    return teachers[name]


def _keep_sources(config: Config, names: Sequence[str]) -> None:
    for part in (config.test_dataloader.dataset.sources, config.test_evaluator.metrics):
        for name in set(part) - set(names):
            part[name] = None
