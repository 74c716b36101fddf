"""Crops and targets that a training run stores itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import barrier, get_dist_info
from mmengine.logging import print_log

from unipose.commands.cache import create_store
from unipose.commands.crops import prepare_crops
from unipose.commands.train.stages import (
    ONCE,
    begins_of,
    pipelines_of,
    replay_targets,
    target_folder_of,
    use_prepared_crops,
)
from unipose.datasets.crop_store import CropStore
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.distillers import MultiTeacherDistiller
from unipose.files.sole_writer import sole_writer

AUTO = 'auto'
"""What stands for them in the place of a folder."""

_VIEWS = 20  # of each stage, as `unipose cache` has it
_CROP_OPTIONS = ('encoding', 'max_height', 'shard_size')


def use_auto_crops(config: Config) -> None:
    """Has a config read crops that the run stores before its first step, in the work dir; in place.

    ``config.crops`` has options of :func:`unipose.commands.crops.prepare_crops`.

    Raises:
        ValueError: If it has others.
    """
    given = config.setdefault('crops', {})
    if not isinstance(given, dict) or set(given) - set(_CROP_OPTIONS):
        raise ValueError(f'crops takes {_CROP_OPTIONS}, as a dict. Got: {given!r}')
    use_prepared_crops(config, Path(config.work_dir) / 'crops')


def use_auto_targets(config: Config) -> None:
    """Has a config store what teachers say in the first views of each stage, and replay it from then on; in place.

    They go into the work dir, as ``unipose cache`` writes them. ``config.targets`` says how many ``views``. A stage
    that draws nobody more often is not stored: its teachers are asked every time.

    Raises:
        ValueError: If there is nothing to store or to replay, or the folder has targets that move.
    """
    given, folder = config.setdefault('targets', {}), Path(config.work_dir) / 'targets'
    views = given.setdefault('views', _VIEWS) if isinstance(given, dict) else None
    if type(views) is not int or views < 1 or set(given) > {'views'}:
        raise ValueError(f'targets takes views, a whole number above 0: dict(views={_VIEWS}). Got: {given!r}')
    if not any((config.model.get('teachers') or {}).values()):
        raise ValueError('model.teachers has no entry, so there are no targets to store; leave --targets out')
    if not config.train_cfg.get('by_epoch', True) or 'max_epochs' not in config.train_cfg:
        raise ValueError('targets are stored by epochs, and train_cfg counts steps; store them with unipose cache')
    if (folder / ONCE).is_dir():
        raise ValueError(f'{folder} has targets of people as they are ({ONCE}); replay them with --targets {folder}')
    ratios = {
        name: source.get('ratio', 1) for name, source in config.train_dataloader.dataset.sources.items() if source
    }
    never = [name for name, ratio in ratios.items() if not ratio]
    if never:
        raise ValueError(
            f'nobody of the sources {never} is drawn (ratio=0), so the files that they share with others would never '
            f'be whole; leave them out, as with train_dataloader.dataset.sources.{never[0]}=None'
        )
    most, last, begins = max(ratios.values(), default=0), config.train_cfg.max_epochs, begins_of(config)
    ends = [min(end, last) for end in (*list(begins.values())[1:], last)]
    lengths = {stage: end - begin for (stage, begin), end in zip(begins.items(), ends, strict=True)}
    stores = {stage: folder / stage if epochs * most > views else None for stage, epochs in lengths.items()}
    if not any(stores.values()):
        raise ValueError(
            f'nobody is drawn more than {views} times in any stage of augmentation, so nothing would be replayed; '
            'store fewer views (targets.views), or leave --targets out'
        )
    replay_targets(config, stores, is_filled=True)


@contextlib.contextmanager
def auto_stores(config: Config) -> Iterator[None]:
    """Stores the crops of a run, where they are not whole yet, and keeps its targets to it.

    Raises:
        ValueError: If the folder holds other crops.
        OSError: If another command fills the stores, or they cannot be written.
    """
    with contextlib.ExitStack() as stack:
        if config.get('crops') is not None:
            folder = Path(config.work_dir) / 'crops'
            if not _are_whole(folder):
                print_log(f'crops of all people go into {folder}, before the first step', logger='current')
                prepare_crops(config, folder, **config.crops)
        for folder in _filled(config).values():
            stack.enter_context(sole_writer(folder, '--work-dir'))
        yield


def create_auto_targets(config: Config, model: MultiTeacherDistiller, dataset: UnifiedKeypointDataset) -> None:
    """Makes the stores that a run fills with targets, or finds those that an earlier one began.

    Raises:
        ValueError: If there are targets of another config.
        OSError: If there is no room for them.
    """
    rank, _ = get_dist_info()
    pipelines, missing = pipelines_of(config), 0
    for stage, folder in _filled(config).items():
        if rank == 0:
            store = create_store(folder, model, dataset, pipelines[stage], config.targets.views)
            missing += store.missing_bytes()
            store.check_room(missing)
        barrier()


def _filled(config: Config) -> dict[str, Path]:
    """Folders that a run fills with targets, by stage."""
    if config.get('targets') is None:
        return {}
    return {stage: folder for stage, pipeline in pipelines_of(config).items() if (folder := target_folder_of(pipeline))}


def _are_whole(folder: Path) -> bool:
    try:
        return not CropStore(folder).missing()
    except FileNotFoundError:
        return False
