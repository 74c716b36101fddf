"""Batches that go from workers to the main process: what taking them costs, and how many files they hold open."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import mean
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from torch.utils.data import DataLoader, Dataset

from benchmarks.speed.setting import DATA, PEOPLE
from unipose.batches.loaders import stack_samples
from unipose.batches.sample_batch import labels_of, metainfo_of
from unipose.commands.speed.speed_table import processor_name
from unipose.datasets.synthetic import generate_coco
from unipose.evaluation.format_scores import format_table
from unipose.simcc.compact import compact_bytes

_COLLATES = dict(lists=pseudo_collate, stacked=stack_samples)
_IMAGES, _SAMPLES = 28, 64
_PATIENCE = 30  # seconds: workers that may open no more files hand nothing over, and say so to nobody
_STORED = dict(target_coco=17, target_mpii=16)  # keypoints of the teachers
_READ = ('keypoint_labels', 'keypoint_weights', 'person_box', 'person_size', *_STORED)


@dataclass(frozen=True)
class Costs:
    """What batches cost the main process.

    Args:
        batch_size: Samples of a batch.
        taken: CPU to take a batch, milliseconds.
        prepared: CPU to put its images and labels into one tensor each, milliseconds.
        open_files: The most that the main process, and that a worker, has open.
    """

    batch_size: int
    taken: float
    prepared: float
    open_files: tuple[int, int]


class Copies(Dataset):
    """Samples that are there already, each time as a copy."""

    def __init__(self, samples: list[Any], length: int) -> None:
        self.samples, self.length = [pickle.dumps(sample) for sample in samples], length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Any:
        return pickle.loads(self.samples[index % len(self.samples)])


def measure(batch_size: int, workers: int, batches: int, limit: int) -> dict[tuple[str, str], Costs | str]:
    """Measures training, training from stored targets and testing, each in a process of its own.

    Args:
        batch_size: Samples of a batch; of a test, a quarter.
        workers: Processes that hand batches over.
        batches: How many batches are taken; the first one of each worker does not count.
        limit: Files that a process may open.

    Returns:
        By what is done and what batches are: the costs, or the error that it ends with.

    Raises:
        ValueError: If there are no more batches than workers.
    """
    if batches <= workers:
        raise ValueError(f'the first batch of each worker does not count: take more than {workers} batches')
    torch.set_num_threads(1)  # threads do not survive a fork
    init_default_scope('mmpose')
    config, found = Config.fromfile('configs/distill_small.py'), {}
    for what, samples in _samples(config).items():
        size = batch_size // 4 if what == 'testing' else batch_size
        for name, collate in _COLLATES.items():
            options = dict(num_workers=workers, collate_fn=collate, timeout=_PATIENCE)
            loader = DataLoader(Copies(samples, batches * size), size, **options)
            found[what, name] = _in_a_process(loader, limit)
    return found


def format_costs(costs: Mapping[tuple[str, str], Costs | str]) -> str:
    """The costs as a table; what the main process can take at most is what its CPU has time for."""
    rows = []
    for (what, kind), cost in costs.items():
        numbers = [cost]
        if isinstance(cost, Costs):
            most = 1000 * cost.batch_size / (cost.taken + cost.prepared)
            numbers = [f'{cost.taken:.1f}', f'{cost.prepared:.1f}', f'{most:,.0f}', *map(str, cost.open_files)]
        rows.append([what, kind, *numbers, *[''] * (5 - len(numbers))])
    head = ['', 'batches', 'to take, ms', 'to prepare, ms', 'samples/s at most', 'files, main', 'files, worker']
    return '\n'.join([f'{processor_name()}, {os.cpu_count()} cores', *format_table(head, rows)])


def _samples(config: Config) -> dict[str, list[dict[str, Any]]]:
    """Some samples of each kind, as the config's pipelines make them."""
    root = DATA / str(_IMAGES) / 'coco'
    generate_coco(root, {'train2017': _IMAGES}, 0, PEOPLE, progress=True)
    training, testing = config.train_dataloader.dataset, config.test_dataloader.dataset
    training.seed, training.sources.coco.dataset.data_root = 0, str(root)
    testing.sources.coco.dataset = training.sources.coco.dataset
    training.sources.mpii = testing.sources.mpii = None
    people, tested = (DATASETS.build(dataset) for dataset in (training, testing))
    plain, stored = ([people[index % len(people), index] for index in range(_SAMPLES)] for _ in range(2))
    for sample in stored:
        for key, keypoints in _STORED.items():
            target = torch.zeros(1, keypoints, compact_bytes(), dtype=torch.uint8)
            sample['data_samples'].gt_instance_labels.set_field(target, key)
    testing = [tested[index % len(tested)] for index in range(_SAMPLES)]
    return {'training': plain, 'training, stored targets': stored, 'testing': testing}


def _in_a_process(loader: DataLoader, limit: int) -> Costs | str:
    context = multiprocessing.get_context('fork')
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_costs, args=(sender, loader, limit))
    process.start()
    found = receiver.recv()
    process.join()
    return found


def _send_costs(sender: Connection, loader: DataLoader, limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    try:
        sender.send(_costs(loader))
    except (RuntimeError, OSError) as error:
        sender.send(f'ends: {str(error).splitlines()[0]}')
    os._exit(0)  # what has no files left cannot clean up


def _costs(loader: DataLoader) -> Costs:
    batches, taken, prepared, files = iter(loader), [], [], []
    for _ in range(len(loader)):
        begin = time.process_time()
        batch = next(batches)
        middle = time.process_time()
        inputs, samples = batch['inputs'], batch['data_samples']
        inputs = inputs if isinstance(inputs, torch.Tensor) else torch.stack(inputs)
        for key in _READ:
            labels_of(samples, key)
        for key in ('source', 'skipped'):
            metainfo_of(samples, key)
        taken.append(middle - begin)
        prepared.append(time.process_time() - middle)
        files.append((_open_files('self'), max((_open_files(worker.pid) for worker in batches._workers), default=0)))
    counted = slice(loader.num_workers, None)
    costs = (1000 * mean(seconds[counted]) for seconds in (taken, prepared))
    return Costs(loader.batch_size, *costs, tuple(map(max, zip(*files))))


def _open_files(process: int | str) -> int:
    return len(os.listdir(f'/proc/{process}/fd')) if os.path.isdir(f'/proc/{process}/fd') else 0
