"""What a training run needs besides its config: checks before the first step, seeds and weights to start from."""

from __future__ import annotations

import importlib.util
import logging
import tempfile
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device, is_cuda_available, is_mlu_available, is_musa_available, is_npu_available
from mmengine.logging import print_log
from mmengine.model import revert_sync_batchnorm
from mmengine.runner import Runner, find_latest_checkpoint
from mmpose.registry import OPTIMIZERS

from unipose.batches.loaders import build_loader
from unipose.batches.pipeline_steps import Pipeline, without_augmentation
from unipose.caching import TargetStore, canvas_checksum
from unipose.checkpoints.loading import load_state_dict_file, load_weights, verify_digest
from unipose.checkpoints.locate import locate_file
from unipose.commands.train.stages import (
    augmentation_of,
    check_canvas,
    crop_store_of,
    crops_fingerprint,
    order_switches,
    pipelines_of,
    target_store_of,
    targets_fingerprint,
)
from unipose.compute.memory import release_memory
from unipose.compute.precision import has_fast_bf16
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.distillers import MultiTeacherDistiller
from unipose.engine.hooks import LeftOutHook, LicencesHook, LogHistoryHook
from unipose.engine.hooks.unwrapped import unwrapped

_REQUIRED = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper')
_REPLAYED = 32  # samples whose pixels are compared before a run that replays stored targets
_OF_A_RUN = ('meta', 'optimizer', 'message_hub')
_FINITE = dict(OptimWrapper='FiniteOptimWrapper', AmpOptimWrapper='FiniteAmpOptimWrapper')


class TrainingRunner(Runner):
    """MMEngine's runner, which tries all that a config names before it writes that config over an earlier run's.

    Attributes:
        started: Whether training has begun: errors before that are mistakes in config or files.
        scores: Of the last validation.
    """

    started = False
    scores: dict[str, float] = {}
    build_dataloader = staticmethod(build_loader)

    def dump_config(self) -> None:
        """Tries data, optimizer and the checkpoint to go on from; writing the config waits until training begins.

        Raises:
            ValueError: If something in the config does not fit something else.
            DamagedImageError: If the first images of a source are missing or damaged.
        """
        loader = self.train_loop.dataloader
        self.optim_wrapper = self.build_optim_wrapper(self.optim_wrapper)
        _ = self.val_loop  # asking for it builds it
        model = unwrapped(self.model)
        for sample in _first_samples(loader):
            if isinstance(model, MultiTeacherDistiller):
                model.student_input(sample['inputs'][None].float())
                model.ground_truth([sample['data_samples']])
        _check_teaching(model, loader.dataset)
        if isinstance(model, MultiTeacherDistiller) and isinstance(loader.dataset, UnifiedKeypointDataset):
            for pipeline in pipelines_of(self.cfg).values():
                check_canvas(model, loader.dataset, pipeline)
        self._check_stores(model)
        path = _start_checkpoint(self.cfg)
        if path:
            load_weights(model, path, what='student', skeleton=getattr(model, 'skeleton', None), strict=self._resume)

    def _check_stores(self, model: torch.nn.Module) -> None:
        """Makes sure that stored crops and targets are those of this config."""
        dataset, read = self.train_loop.dataloader.dataset, set()
        for pipeline in pipelines_of(self.cfg).values():
            crops, targets = crop_store_of(pipeline), target_store_of(pipeline)
            if crops:
                crops.check_fits(crops_fingerprint(self.cfg, dataset))
            if targets:
                targets.check_fits(targets_fingerprint(model, dataset, pipeline, targets.moves))
                if targets.folder not in read:  # targets that move are those of all stages
                    targets.check_content()
                    read.add(targets.folder)
                _check_replay(dataset, pipeline, targets)

    def register_hooks(self, default_hooks: Any = None, custom_hooks: Any = None) -> None:
        """Registers the config's hooks, and those of every run: licences go along, NaNs are told of, old scalars go."""
        super().register_hooks(default_hooks, custom_hooks)
        for hook in (LicencesHook(), LeftOutHook(), LogHistoryHook()):
            self.register_hook(hook)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: torch.nn.Module) -> torch.nn.Module:
        """Wraps the model; batch statistics are synchronised between GPUs only, and are each process's own on CPUs."""
        if not _has_accelerator():
            model = revert_sync_batchnorm(model)
        return super().wrap_model(model_wrapper_cfg, model)

    @property
    def config_file(self) -> Path:
        """The config in the work dir."""
        return Path(self.work_dir) / (Path(self.cfg.filename).name if self.cfg.filename else f'{self.timestamp}.py')

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Calls all hooks; when training begins, the config goes into the work dir, unless it was read from there."""
        if fn_name == 'before_train':
            self.started, read_from = True, self.cfg.filename
            if not read_from or Path(read_from).resolve() != self.config_file.resolve():
                super().dump_config()
            release_memory()  # workers are forked next
        if fn_name == 'after_val_epoch':
            self.scores = dict(kwargs['metrics'])
        super().call_hook(fn_name, **kwargs)


def prepare_training(config: Config) -> None:
    """Completes a config in place before the runner is built from it.

    The run's seed becomes the dataset's, so that ``randomness.seed`` decides every augmentation. The student starts
    from its published backbone when that file is there, whole, and from random weights otherwise, with a warning.
    MMEngine's optim wrappers become those that skip steps which are not finite
    (:class:`unipose.engine.optim.FiniteOptimWrapper`).

    Args:
        config: The training config, with its work dir.

    Raises:
        ValueError: If it is no training config, mixed precision is asked for where nothing computes it, or
            the backbone's file or the checkpoint to start from is damaged.
        FileNotFoundError: If there is no such checkpoint.
        OSError: If the work dir cannot be written.
    """
    missing = [key for key in _REQUIRED if not config.get(key)]
    if missing:
        raise ValueError(
            f'config {config.filename or ""} lacks {missing}, so it is no training config; give one such as '
            'configs/distill_small.py'
        )
    kind = config.optim_wrapper.get('type', 'OptimWrapper')
    config.optim_wrapper.type = _FINITE.get(kind, kind)
    if config.optim_wrapper.type == _FINITE['AmpOptimWrapper'] and not _has_accelerator():
        raise ValueError(
            'mixed precision (--amp) needs a GPU, or a CPU with units for bfloat16, and neither is there; leave out '
            '--amp'
        )
    if config.get('launcher', 'none') != 'none' and not _has_accelerator():
        # as MMEngine's own, which names a GPU
        config.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False)
    seed_dataset(config)
    order_switches(config)
    _check_optimizer(config.optim_wrapper.get('optimizer') or {})
    _check_checkpoint(config)
    for part in ('backbone', 'head'):
        _find_start(config.model.get(part) or {}, part)
    _check_work_dir(Path(config.work_dir))


def use_mixed_precision(config: Config) -> None:
    """Has a config train in bfloat16 where the device has units for it, else in fp16 with a scaled loss; in place."""
    if has_fast_bf16(get_device()):
        config.merge_from_dict({'optim_wrapper.type': 'AutocastOptimWrapper'})
    else:
        config.merge_from_dict({'optim_wrapper.type': 'AmpOptimWrapper', 'optim_wrapper.loss_scale': 'dynamic'})


def use_wandb(config: Config, project: str) -> None:
    """Has a config log to a project of Weights & Biases as well, under the name of its work dir; in place.

    Raises:
        ValueError: If its package is not installed.
    """
    if importlib.util.find_spec('wandb') is None:
        raise ValueError('Weights & Biases is not installed: pip install wandb, or leave out --wandb')
    backend = dict(type='WandbVisBackend', init_kwargs=dict(project=project, name=Path(config.work_dir).name))
    config.visualizer.vis_backends = [*config.visualizer.vis_backends, backend]


def seed_dataset(config: Config) -> None:
    """Gives the training dataset the run's seed, in place, so that ``randomness.seed`` decides every augmentation."""
    dataset = config.train_dataloader.get('dataset') or {}
    if dataset.get('type') == 'UnifiedKeypointDataset':
        dataset.setdefault('seed', (config.get('randomness') or {}).get('seed') or 0)


def _check_optimizer(optimizer: dict[str, Any]) -> None:
    kind = optimizer.get('type')
    if isinstance(kind, str) and OPTIMIZERS.get(kind) is None:  # MMEngine itself then says that None is not callable
        raise ValueError(f'there is no optimizer {kind!r}; give optim_wrapper.optimizer.type=AdamW, or one of torch')


def _has_accelerator() -> bool:
    return is_cuda_available() or is_npu_available() or is_mlu_available() or is_musa_available()


def _start_checkpoint(config: Config) -> str | None:
    """The file that a run starts or goes on from; None for none, and for one that MMEngine downloads."""
    path = config.get('load_from')
    if config.get('resume') and not path and (Path(config.work_dir) / 'last_checkpoint').is_file():
        path = find_latest_checkpoint(config.work_dir)
    return None if not path or '://' in path else path


def _check_checkpoint(config: Config) -> None:
    path = _start_checkpoint(config)
    if not path:
        return
    try:
        load_state_dict_file(path)
    except ValueError as error:
        raise ValueError(f'{error}, or give an earlier epoch_*.pth of the run') from error
    content = torch.load(path, map_location='meta', weights_only=True)  # 'meta': shapes without numbers
    missing = [key for key in _OF_A_RUN if key not in content]
    if config.get('resume') and missing:
        raise ValueError(
            f'{path} lacks {missing}, so no run can be resumed from it. Give an epoch_*.pth that `unipose train` '
            f'wrote, or start a new run from these weights: --cfg-options load_from={path}'
        )


def _find_start(part: dict[str, Any], name: str) -> None:
    """Looks for weights to start from here and in the repository, and leaves out those that are not there."""
    given = part.get('init_cfg') or []
    starts, found = given if isinstance(given, list) else [given], []
    for start in starts:
        file = start.get('checkpoint')
        if not file or '://' in file:
            found.append(start)
            continue
        try:
            where = locate_file(file, f"weights of the student's {name}")
        except FileNotFoundError:
            print_log(
                f"{file} is not there: the student's {name} starts from random weights. "
                f'Fetch it with: unipose download{" --backbones" * (name == "backbone")}',
                logger='current',
                level=logging.WARNING,
            )
            continue
        verify_digest(where)
        found.append(start if Path(file).is_file() else dict(start, checkpoint=str(where)))
    if found != starts:
        part['init_cfg'] = (found if isinstance(given, list) else found[0]) if found else None


def _check_work_dir(work_dir: Path) -> None:
    try:
        work_dir.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=work_dir).close()
    except OSError as error:
        raise OSError(
            f'work dir {work_dir} cannot be written ({error.strerror or error}); give another folder with --work-dir'
        ) from error


def _check_teaching(model: torch.nn.Module, dataset: Any) -> None:
    if not isinstance(model, MultiTeacherDistiller) or not isinstance(dataset, UnifiedKeypointDataset):
        return
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


def _check_replay(dataset: UnifiedKeypointDataset, pipeline: Pipeline, targets: TargetStore) -> None:
    """Makes sure that the views replayed, or the people as they are, are the pixels that the teachers saw."""
    seen = without_augmentation(pipeline) if targets.moves else augmentation_of(pipeline)
    for index in range(0, len(dataset), -(-len(dataset) // _REPLAYED)):
        replayed = dataset.through(seen, (index, 0))
        sample = replayed['data_samples']
        # another sample's where the picture cannot be read now, and none where it could not be read then
        checksum = targets.read(sample.index, 0)['checksum']
        if checksum and canvas_checksum(replayed['inputs']) != checksum:
            raise ValueError(
                f'{targets.folder}: the view replayed of {sample.img_path} is not the pixels that the teachers saw. '
                'The image has been exchanged, or OpenCV, NumPy or Albumentations are of another version now; write '
                'the targets anew with `unipose cache`, into another folder'
            )


def _first_samples(loader: torch.utils.data.DataLoader) -> list[dict[str, Any]]:
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
