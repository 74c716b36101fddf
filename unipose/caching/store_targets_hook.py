"""Stores what teachers say while a student is trained, so that they are asked once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from unipose.batches.sample_batch import labels_of, metainfo_of, put_labels
from unipose.compute.memory import release_memory
from unipose.compute.unwrapped import unwrapped

from .growing_shards import GrowingShards
from .records import ask_teachers, records_of
from .target_store import TargetStore


@HOOKS.register_module()
class StoreTargetsHook(Hook):
    """Has teachers say what a batch lacks, and stores it as ``unipose cache`` does; they go once all is stored.

    The student learns from what is stored in every epoch, also in the one that stores it, so that a run which is
    stopped and resumed ends where an unbroken one does. Samples come with :class:`LoadTeacherTargets`, whose stores are
    there when training begins.

    Args:
        stages: For each stage of augmentation ``begin`` (its first epoch, from 0) and ``store`` (the folder; empty
            where teachers are asked every time).
    """

    priority = 'LOW'  # what is asked for counts as part of a step, not as waiting for data

    def __init__(self, stages: Sequence[Mapping[str, Any]]) -> None:
        self.stages = stages

    def before_train(self, runner: Runner) -> None:
        """Opens the stores."""
        self._stores = [TargetStore(stage['store']) if stage['store'] else None for stage in self.stages]
        self._growing: dict[int, GrowingShards] = {}

    def before_train_epoch(self, runner: Runner) -> None:
        """Finds out whether the epoch's store lacks anything, and whether any teacher is needed again."""
        self._stage = sum(stage['begin'] <= runner.epoch for stage in self.stages) - 1
        teachers = unwrapped(runner.model).teachers.values()
        if not any(teacher.network for teacher in teachers):  # all is stored
            return
        store = self._stores[self._stage]
        if store and store.missing() and self._stage not in self._growing:
            self._growing[self._stage] = GrowingShards(store)
        if all(store and not store.missing() for store in self._stores_to_come(runner)):
            for teacher in teachers:
                teacher.release()
            release_memory()
            runner.logger.info('all targets are stored: the teachers have left the memory')

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Completes the batch, and stores what it lacked."""
        growing = self._growing.get(self._stage)
        if growing is None:
            return
        store, samples, model = growing.store, data_batch['data_samples'], unwrapped(runner.model)
        drawn = list(zip(metainfo_of(samples, 'drawn'), metainfo_of(samples, 'view')))
        numbers = store.number(*np.array(drawn).T)
        # a stand-in for a damaged picture may be stored, and what it stands in for not yet
        rows = np.flatnonzero(~store.has(numbers) | self._lacking(model, samples))
        if not len(rows):
            return
        batch = data_batch
        if len(rows) < len(drawn):
            batch = {name: [of_all[int(row)] for row in rows] for name, of_all in data_batch.items()}
        with model.stopwatch.timing(next(model.parameters()).device, ends_lap=False):
            packed, left_out = ask_teachers(model, batch, store.leaves)
        for name, values in packed.items():
            put_labels(samples, f'target_{name}', rows, values)
        records, gaps = records_of(store, [drawn[row] for row in rows], batch, packed, left_out)
        growing.add(records[~store.has(numbers[rows])], gaps)

    def after_train_epoch(self, runner: Runner) -> None:
        """Writes what is whole by now, and says how far it is."""
        growing = self._growing.get(self._stage)
        if growing is None:
            return
        growing.write_whole()
        store, views = growing.store, growing.store.num_views - self._views_left(self._stage)
        if not store.missing():
            growing.remove()
            del self._growing[self._stage]
        size = store.num_bytes / 1e9
        runner.logger.info(
            f'epoch {runner.epoch + 1}: {views:.3g} of {store.num_views} views of {store.folder.name} are stored, '
            f'{views / store.num_views * size:.2g} of {size:.2g} GB{self._outlook(runner)}'
        )

    def after_train(self, runner: Runner) -> None:
        """Removes what is in no whole shard, which no later run reads."""
        for growing in self._growing.values():
            growing.remove()

    def _spans(self, runner: Runner) -> list[tuple[int, int]]:
        """The first epoch of each stage, and the one after its last."""
        begins = [stage['begin'] for stage in self.stages]
        return [(begin, min(end, runner.max_epochs)) for begin, end in zip(begins, [*begins[1:], runner.max_epochs])]

    def _stores_to_come(self, runner: Runner) -> list[TargetStore | None]:
        """Those of the stages that have epochs left."""
        spans = self._spans(runner)
        return [store for store, (begin, end) in zip(self._stores, spans) if max(begin, runner.epoch) < end]

    def _views_left(self, stage: int) -> float:
        """How many views of everybody a stage's store lacks."""
        store, growing = self._stores[stage], self._growing.get(stage)
        waiting = growing.num_waiting * store.dtype.itemsize if growing else 0
        return (store.missing_bytes() - waiting) / store.num_bytes * store.num_views

    def _lacking(self, model: torch.nn.Module, samples: Any) -> np.ndarray:
        """Which samples bring no targets, ``[B]``."""
        brought = [labels_of(samples, f'target_{name}').flatten(1).any(1) for name in model.teachers]
        return ~torch.stack(brought).all(0).numpy()

    def _outlook(self, runner: Runner) -> str:
        """What teachers take of a step, and what the run will still take; empty where that is not logged."""
        times, steps = runner.message_hub.log_scalars, len(runner.train_dataloader)
        if 'train/teachers_time' not in times:
            return ''
        step, teachers = (times[f'train/{name}'].mean(steps) for name in ('time', 'teachers_time'))
        asking = others = 0
        for number, (begin, end) in enumerate(self._spans(runner)):
            left = max(end - max(begin, runner.epoch + 1), 0)
            asked = min(left, math.ceil(self._views_left(number))) if self._stores[number] else left
            asking, others = asking + asked, others + left - asked
        storing = asking * steps * step
        whole = storing + others * steps * (step - teachers)
        told = [str(timedelta(seconds=round(seconds))) for seconds in (whole, storing)]
        return f'; teachers take {teachers / step:.0%} of a step; about {told[0]} to go, {told[1]} of it with teachers'
