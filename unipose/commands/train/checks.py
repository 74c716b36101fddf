"""What is checked before the first step of a training run, so that a mistake costs a minute and not a night."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint
from mmpose.registry import OPTIMIZERS
from torch.utils.data import DataLoader

from unipose.batches.walk_pipeline import Pipeline, steps_of, without_augmentation
from unipose.caching import TargetStore, canvas_checksum
from unipose.checkpoints.loading import load_state_dict_file, read_checkpoint
from unipose.commands.train.stages import (
    augmentation_of,
    crop_store_of,
    crops_fingerprint,
    pipelines_of,
    target_store_of,
    targets_fingerprint,
)
from unipose.compute.devices import has_accelerator
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.distillers import MultiTeacherDistiller
from unipose.simcc import PaddedWindow

_REQUIRED = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper')
_OF_A_RUN = ('meta', 'optimizer', 'message_hub')
_FIRST_FILES = 1 << 17  # bytes: config and logs, which MMEngine writes before the first step
_REPLAYED = 32  # samples whose pixels are compared before a run that replays stored targets


def check_parts(config: Config) -> None:
    """Checks that a config has what every training config has.

    Raises:
        ValueError: If it is no training config.
    """
    missing = [key for key in _REQUIRED if not config.get(key)]
    if missing:
        raise ValueError(
            f'config {config.filename or ""} lacks {missing}, so it is no training config; give one such as '
            'configs/distill_small.py'
        )


def check_config(config: Config) -> None:
    """Checks what a config says before anything is built from it.

    Raises:
        ValueError: If it is no training config, names no optimizer that there is, mixed precision is asked for where
            nothing computes it, or the checkpoint to start from is damaged or no run's.
        FileNotFoundError: If there is no such checkpoint.
        OSError: If the work dir cannot be written.
    """
    check_parts(config)
    if config.optim_wrapper.get('type') in ('AmpOptimWrapper', 'FiniteAmpOptimWrapper') and not has_accelerator():
        raise ValueError(
            'mixed precision (--amp) needs a GPU, or a CPU with units for bfloat16, and neither is there; leave out '
            '--amp'
        )
    _check_optimizer(config.optim_wrapper.get('optimizer') or {})
    _check_checkpoint(config)
    _check_work_dir(Path(config.work_dir))


def check_run(config: Config, model: torch.nn.Module, loader: DataLoader) -> None:
    """Checks that model, data, and stored crops and targets fit each other, on the first samples of each source.

    Args:
        config: The run's config.
        model: Built from it, without its wrapper.
        loader: That of training.

    Raises:
        ValueError: If something in the config does not fit something else.
        DamagedImageError: If the first images of a source are missing or damaged.
    """
    dataset = loader.dataset
    for sample in _first_samples(loader):
        if isinstance(model, MultiTeacherDistiller):
            model.student_input(sample['inputs'][None].float())
            model.ground_truth([sample['data_samples']])
    if isinstance(model, MultiTeacherDistiller) and isinstance(dataset, UnifiedKeypointDataset):
        _check_teaching(model, dataset)
        for pipeline in pipelines_of(config).values():
            check_canvas(model, dataset, pipeline)
    _check_stores(config, model, dataset)


def check_canvas(model: MultiTeacherDistiller, dataset: UnifiedKeypointDataset, pipeline: Pipeline) -> None:
    """Makes sure that a pipeline cuts the canvas that a model takes, and that it holds what each teacher sees.

    Raises:
        ValueError: If it does not.
    """
    for crop in (step for step in steps_of(pipeline) if step['type'] == 'CanvasAffine'):
        scale = crop.get('canvas_scale', 1.0)
        if tuple(crop['canvas_size']) != model.canvas.size or scale != model.canvas_scale:
            raise ValueError(
                f'the pipeline crops canvases of {tuple(crop["canvas_size"])} with canvas_scale {scale}, and the model '
                f'takes {model.canvas.size} with canvas_scale {model.canvas_scale}; give both the same'
            )
    paddings = {source.name: source.padding for source in dataset.sources}
    for name, teacher in model.teachers.items():
        if not isinstance(teacher.window, PaddedWindow):
            continue
        try:
            needed = teacher.window.needs(paddings)
        except ValueError as error:
            raise ValueError(f'teacher {name!r}: {error}') from None
        if any(least > side for least, side in zip(needed, model.canvas.size, strict=True)):
            raise ValueError(
                f'teacher {name!r} with padding {dict(teacher.window.paddings)} needs a canvas of at least '
                f'{needed[0]}x{needed[1]}. Got: {model.canvas.size[0]}x{model.canvas.size[1]}; make canvas_size '
                'larger, in the pipelines and in the model'
            )


def start_checkpoint(config: Config) -> str | None:
    """The file that a run starts or goes on from; None for none, and for one that MMEngine downloads."""
    path = config.get('load_from')
    if config.get('resume') and not path and (Path(config.work_dir) / 'last_checkpoint').is_file():
        path = find_latest_checkpoint(config.work_dir)
    return None if not path or '://' in path else path


def _check_optimizer(optimizer: dict[str, Any]) -> None:
    kind = optimizer.get('type')
    if isinstance(kind, str) and OPTIMIZERS.get(kind) is None:  # MMEngine itself then says that None is not callable
        raise ValueError(f'there is no optimizer {kind!r}; give optim_wrapper.optimizer.type=AdamW, or one of torch')


def _check_checkpoint(config: Config) -> None:
    path = start_checkpoint(config)
    if not path:
        return
    try:
        load_state_dict_file(path)
    except ValueError as error:
        raise ValueError(f'{error}, or give an earlier epoch_*.pth of the run') from error
    content = read_checkpoint(path, 'meta')  # 'meta': shapes without numbers
    missing = [key for key in _OF_A_RUN if key not in content]
    if config.get('resume') and missing:
        raise ValueError(
            f'{path} lacks {missing}, so no run can be resumed from it. Give an epoch_*.pth that `unipose train` '
            f'wrote, or start a new run from these weights: --cfg-options load_from={path}'
        )


def _check_work_dir(work_dir: Path) -> None:
    try:
        work_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=work_dir) as file:
            file.write(bytes(_FIRST_FILES))
    except OSError as error:
        raise OSError(
            f'work dir {work_dir} cannot be written ({error.strerror or error}); give another folder with --work-dir'
        ) from error


def _check_teaching(model: MultiTeacherDistiller, dataset: UnifiedKeypointDataset) -> None:
    sources = [source.name for source in dataset.sources]
    if not model.teachers and not any(source.ratio and source.skeleton is not None for source in dataset.sources):
        raise ValueError(
            f'nothing teaches the student: none of the sources {sources} has keypoints, and model.teachers has no '
            'entry; add a teacher, or a source with keypoints'
        )
    unknown = [name for name in model.dialects if name not in sources]
    if unknown:
        raise ValueError(
            f'dialects {unknown} are named after no source, so nothing would teach them; the sources are {sources}'
        )
    if model.combine == 'by_source' and model.teachers and not set(model.teachers) & set(sources):
        raise ValueError(
            f"combine='by_source' needs teachers named after the sources that they know; the teachers are "
            f'{list(model.teachers)}, the sources {sources}'
        )


def _check_stores(config: Config, model: torch.nn.Module, dataset: Any) -> None:
    """Makes sure that stored crops and targets are those of this config."""
    read = set()
    for pipeline in pipelines_of(config).values():
        crops, targets = crop_store_of(pipeline), target_store_of(pipeline)
        if crops:
            crops.check_fits(crops_fingerprint(config, dataset))
        if targets and not config.get('targets'):  # of those that the run fills, what is there is known to be whole
            targets.check_fits(targets_fingerprint(model, dataset, pipeline, targets.moves))
            if targets.folder not in read:  # targets that move are those of all stages
                targets.check_content()
                read.add(targets.folder)
        if targets:
            _check_replay(dataset, pipeline, targets)


def _check_replay(dataset: UnifiedKeypointDataset, pipeline: Pipeline, targets: TargetStore) -> None:
    """Makes sure that the views replayed, or the people as they are, are the pixels that the teachers saw."""
    seen = without_augmentation(pipeline) if targets.moves else augmentation_of(pipeline)
    for index in range(0, len(dataset), -(-len(dataset) // _REPLAYED)):
        replayed = dataset.through(seen, (index, 0))
        sample = replayed['data_samples']
        if not targets.has(targets.number(sample.index, 0)):
            continue
        # another sample's where the picture cannot be read now, and none where it could not be read then
        checksum = targets.read(sample.index, 0)['checksum']
        if checksum and canvas_checksum(replayed['inputs']) != checksum:
            raise ValueError(
                f'{targets.folder}: the view replayed of {sample.img_path} is not the pixels that the teachers saw. '
                'The image has been exchanged, or OpenCV, NumPy or Albumentations are of another version now; write '
                'the targets anew with `unipose cache`, into another folder'
            )


def _first_samples(loader: DataLoader) -> list[dict[str, Any]]:
    """What the sampler would draw first, and the first sample of each source that is drawn at all."""
    dataset, keys = loader.dataset, [next(iter(loader.sampler))]
    if isinstance(dataset, UnifiedKeypointDataset) and not dataset.test_mode:
        firsts = zip(dataset.first_indices, dataset.sources)
        keys += [(int(first), 0) for first, source in firsts if source.ratio]
    try:
        return [dataset[key] for key in keys]
    except KeyError as error:
        raise ValueError(
            f'a transform in train_dataloader.dataset.pipeline lacks {error}, which one before it should add; see '
            'configs/_base_/coco-mpii_192x256.py for a pipeline that is whole and in order'
        ) from error
