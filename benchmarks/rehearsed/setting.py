"""The run that is rehearsed: the full-size config, on people made for it and with a stand-in for its network."""

from __future__ import annotations

from pathlib import Path

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
from mmengine.config import Config
from mmengine.registry import init_default_scope

import benchmarks.rehearsed.stand_in  # noqa: F401  registers the network
from benchmarks.rehearsed.people import People
from benchmarks.rehearsed.stored import make_up_targets, repeat_crops
from benchmarks.speed.setting import use_random_weights
from unipose.caching import TargetStore
from unipose.commands.train.preparation import seed_dataset
from unipose.commands.train.stages import ONCE, use_prepared_crops, use_stored_targets
from unipose.datasets.crop_store import CropStore
from unipose.files.shard_store import ShardStore

CONFIG = 'configs/distill_small.py'
_CHANNELS, _WIDTH = 1024, 64  # of a CSPNeXt's last layer, and of a narrow one's
_IMPORTS = ['unipose.registration', 'benchmarks.rehearsed.stand_in', 'benchmarks.rehearsed.probe']


def full_size_config(people: People, repeated: bool = True) -> Config:
    """The full-size config on people made for it; validation is left out.

    Args:
        people: Who they are.
        repeated: All of them; else each who is in a picture.
    """
    init_default_scope('mmpose')
    config = Config.fromfile(CONFIG)
    for name, source in config.train_dataloader.dataset.sources.items():
        file = people.annotations(name, repeated).absolute()
        source.dataset.update(data_root=str(people.pictures(name)), ann_file=str(file))
    use_random_weights(config)
    config.update({f'{part}_{key}': None for part in ('val', 'test') for key in ('cfg', 'dataloader', 'evaluator')})
    config.custom_imports.imports = _IMPORTS
    return config


def use_stores(config: Config, people: People, unit: int) -> None:
    """Has the config read stored targets and JPEG crops, which are written unless they are there; in place.

    Args:
        config: Of :func:`full_size_config`.
        people: Who they are.
        unit: Crops of a file.
    """
    folder = people.folder / f'stored_{sum(people.numbers.values())}'
    seed_dataset(config)
    if not _is_whole(CropStore, folder / 'crops'):
        repeat_crops(config, full_size_config(people, repeated=False), people, folder / 'crops', unit)
    use_prepared_crops(config, folder / 'crops')
    if not _is_whole(TargetStore, folder / ONCE):
        make_up_targets(config, folder)
    use_stored_targets(config, folder)


def use_stand_in(config: Config, step_ms: float) -> None:
    """Has the config train the stand-in, a step of which takes so many milliseconds; in place."""
    config.model.update(type='StandIn', step_ms=step_ms)
    config.model.data_preprocessor.type = 'StandInPreprocessor'


def use_narrow_student(config: Config) -> None:
    """Has the config train a student whose weights take a CPU no time: as many tensors, few numbers; in place."""
    config.model.backbone.widen_factor = _WIDTH / _CHANNELS
    config.model.head.in_channels = _WIDTH


def _is_whole(kind: type[ShardStore], folder: Path) -> bool:
    """Whether a store is there; training looks whether it is of its config."""
    return (folder / 'manifest.json').is_file() and not kind(folder).missing()
