"""Runs that store their own targets: what their epochs cost beside a student without teachers."""

from __future__ import annotations

import copy
import logging
import shutil
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
from mmengine.config import Config
from mmpose.registry import DATASETS

from benchmarks.speed.contestant import Contestant
from benchmarks.speed.setting import WORK_DIR, contestants, device, stored_crops, synchronize
from unipose.caching import StoreTargetsHook, TargetStore
from unipose.commands.speed.alternating import ratio, seconds_of
from unipose.commands.train.stages import replay_targets, use_prepared_crops
from unipose.simcc.compact import LEAVES

EPOCHS, STORING = 100, 20  # of a run of one stage
LONG, LONG_STORING = 420, 40  # of a full run, two stages of which store 20 views each
_KEYPOINTS = dict(coco=17, mpii=16)
_SHARD = 16


class StoringContestant(Contestant):
    """A student whose teachers are asked and stored in each epoch, as in the first ones of ``--targets auto``."""

    def __init__(self, config: Config, batch_size: int, workers: int, channels_last: bool = True) -> None:
        backend = next(iter(config.model.teachers.values())).get('backend', 'torch')
        folder, config = WORK_DIR / 'auto' / backend, copy.deepcopy(config)
        shutil.rmtree(folder, ignore_errors=True)
        people = len(DATASETS.build(dict(config.train_dataloader.dataset, pipeline=[])))
        content = dict(keypoints=_KEYPOINTS, num_samples=people, num_views=1, leaves=LEAVES, shard_size=_SHARD)
        self.store = TargetStore.create(folder, fingerprint={}, **content)
        replay_targets(config, dict(stage1=folder), is_filled=True)
        super().__init__(config, batch_size, workers, channels_last)
        self._hook = StoreTargetsHook([dict(begin=0, store=str(folder))])
        self._runner = SimpleNamespace(
            model=self.model,
            epoch=0,
            max_epochs=1,
            train_dataloader=self.loader,
            message_hub=SimpleNamespace(log_scalars={}),
            logger=logging.getLogger('silent'),
        )

    def epoch(self) -> None:
        """All samples once, read and augmented by workers; what is said of them is in whole files at the end."""
        for file in self.store.files():
            file.unlink()
        self._hook.before_train(self._runner)
        self._hook.before_train_epoch(self._runner)
        for number, batch in enumerate(self.loader):
            self._hook.before_train_iter(self._runner, number, batch)
            self.model.train_step(batch, self.optim_wrapper)
        self._hook.after_train_epoch(self._runner)
        synchronize()


def measure_auto(config: Config, fast: bool, batch_size: int, workers: int, turns: int, size: str) -> dict[str, Any]:
    """What a run with ``--crops auto --targets auto`` takes, of one without teachers from the same crops.

    Args:
        config: Of :func:`benchmarks.speed.setting.base_config`.
        fast: In bfloat16.
        batch_size: Samples of a step.
        workers: Processes that prepare samples.
        turns: How often each epoch is timed.
        size: The student's, for what is printed.

    Returns:
        ``auto_epoch_ratio``: of epochs that ask teachers without storing (``online``), replay (``cached``) and store
        (``storing``), and where OpenVINO computes the teachers (``storing_openvino``, where it can);
        ``auto_run_ratio`` and ``auto_long_run_ratio``: of whole runs, by the number of epochs of each kind, and with
        OpenVINO.
    """
    ways = contestants(config, fast)
    crops = stored_crops(config)
    for name in ('alone', 'online'):
        use_prepared_crops(ways[name], crops)
    runs = {name: Contestant(ways[name], batch_size, workers, True) for name in ('alone', 'online', 'cached')}
    runs['storing'] = StoringContestant(ways['online'], batch_size, workers)
    if fast and device().type == 'cpu' and find_spec('openvino'):
        by_openvino = copy.deepcopy(ways['online'])
        for entry in by_openvino.model.teachers.values():
            entry.backend = 'openvino'
        runs['storing_openvino'] = StoringContestant(by_openvino, batch_size, workers)
    taken = seconds_of({name: run.epoch for name, run in runs.items()}, turns, f'auto, {size}')
    ratios = {name: ratio(taken, name, 'alone') for name in runs if name != 'alone'}
    found: dict[str, Any] = dict(auto_epoch_ratio=ratios)
    for suffix in ('', '_openvino'):
        if f'storing{suffix}' in ratios:
            found[f'auto_run_ratio{suffix}'] = _mixed(ratios, suffix, EPOCHS, STORING)
            found[f'auto_long_run_ratio{suffix}'] = _mixed(ratios, suffix, LONG, LONG_STORING)
    return found


def _mixed(ratios: dict[str, float], suffix: str, epochs: int, storing: int) -> float:
    return (storing * ratios[f'storing{suffix}'] + (epochs - storing) * ratios['cached']) / epochs
