"""Arithmetic of large training runs: how much is stored, how long it takes, and what is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

from unipose.checkpoints.without_starts import without_starts
from unipose.complexity import complexity
from unipose.evaluation.report import format_table
from unipose.simcc.compact import compact_bytes

_STUDENTS = dict(tiny='RTMPose-t', small='RTMPose-s')
_GPUS = (1, 8, 64)
_BACKWARD = 2.0  # of a forward pass
# of a COCO-style person, measured with tools/prepare_crops.py on photographs
_CROP_BYTES = dict(raw=460e3, jpeg=83e3)


@dataclass(frozen=True)
class Machine:
    """What is assumed of a GPU and what stands beside it.

    Args:
        tflops: What it sustains on such networks in bf16, 1e12 operations a second.
        cores: CPU cores that prepare samples.
        disk: GB read in a second.
    """

    tflops: float
    cores: int
    disk: float


@dataclass(frozen=True)
class Job:
    """A training run.

    Args:
        title: What it is called.
        persons: People.
        epochs: How often each is trained on.
        views: Augmented views of each whose targets are stored, of all stages together.
    """

    title: str
    persons: float
    epochs: int
    views: int

    @property
    def samples(self) -> float:
        """How many samples the student sees."""
        return self.persons * self.epochs


JOBS = (
    Job('COCO and MPII: 172,059 people, 420 epochs, 20 views in each of two stages', 149_813 + 22_246, 420, 40),
    Job('100 million people with boxes only, 10 epochs, one view', 100e6, 10, 1),
)


def format_jobs(measures: Mapping[str, Any], machine: Machine) -> str:
    """Tables of all jobs.

    Args:
        measures: What :func:`benchmarks.speed.measure.measure` returned on a CPU.
        machine: What is assumed of GPUs.
    """
    costs = _costs()
    parts = [
        f'Assumed of a GPU: {machine.tflops:g} TFLOP/s in bf16, {machine.cores} cores, {machine.disk:g} GB/s of disk. '
        f'{_listed(costs)}'
    ]
    for job in JOBS:
        parts += ['', f'### {job.title}', '', *_storage(job), '', *_hours(job, measures, machine, costs)]
    return '\n'.join(parts)


def rates(measures: Mapping[str, Any], machine: Machine, costs: Mapping[str, float], size: str) -> dict[str, float]:
    """Samples per second and GPU, of each part of the work by itself.

    ``student``, ``teachers``, ``stock`` (MMPose's pipeline), ``raw`` and ``jpeg`` (from prepared crops: the slower of
    cores and disk).
    """
    operations = machine.tflops * 1e12 / 2  # multiplications with their additions
    pipeline = {name: rate * machine.cores for name, rate in measures['pipeline'].items()}
    return dict(
        student=operations / (costs[size] * (1 + _BACKWARD)),
        teachers=operations / costs['teachers'],
        stock=pipeline['stock'],
        **{name: min(pipeline[name], machine.disk * 1e9 / size_of) for name, size_of in _CROP_BYTES.items()},
    )


def _hours(job: Job, measures: Mapping[str, Any], machine: Machine, costs: Mapping[str, float]) -> list[str]:
    rows = []
    for size, title in _STUDENTS.items():
        rate = rates(measures, machine, costs, size)
        both = 1 / (1 / rate['student'] + 1 / rate['teachers'])
        ways = {
            'teachers online, MMPose pipeline': (both, 'stock', 0.0),
            'teachers online, JPEG crops': (both, 'jpeg', 0.0),
            'stored targets, JPEG crops': (rate['student'], 'jpeg', job.persons * job.views / rate['teachers']),
            'stored targets, raw crops': (rate['student'], 'raw', job.persons * job.views / rate['teachers']),
        }
        for way, (networks, pipeline, storing) in ways.items():
            waits = 'networks' if networks <= rate[pipeline] else 'samples'
            seconds = job.samples / min(networks, rate[pipeline])
            hours = [f'{_number((seconds + storing) / 3600 / gpus)}' for gpus in _GPUS]
            rows.append([f'{title}, {way}', _number(storing / 3600), waits, *hours])
        step = {name: measures['step_ms'][size][name] for name in ('alone', 'online', 'cached')}
        teachers = (step['online'] - step['alone']) / 1000
        for name, storing in (('online', 0.0), ('cached', job.persons * job.views * teachers)):
            seconds = job.samples * step[name] / 1000 + storing
            rows.append(
                [f'{title}, {name}, {measures["machine"]["threads"]} CPU cores (measured steps)']
                + [_number(storing / 3600), 'networks', _number(seconds / 3600), '', '']
            )
    return format_table(['', 'hours to store', 'waits for', *(f'{gpus} GPU, hours' for gpus in _GPUS)], rows)


def _storage(job: Job) -> list[str]:
    targets = job.persons * job.views * compact_bytes() * (17 + 16)
    rows = [['targets', _bytes(targets)]]
    rows += [[f'{name} crops', _bytes(job.persons * size)] for name, size in _CROP_BYTES.items()]
    return format_table(['stored', 'size'], rows)


def _costs() -> dict[str, float]:
    """Multiplications of a forward pass, of each student and of both teachers together."""
    init_default_scope('mmpose')
    found = {}
    for size in _STUDENTS:
        config = Config.fromfile(f'configs/distill_{size}.py')
        student = dict(config.model, teachers=None, dialects=None, combine='separate', test_cfg={})
        found[size] = _multiplications(student)
    teachers = (Config.fromfile(entry.config).model for entry in config.model.teachers.values())
    return found | dict(teachers=sum(_multiplications(teacher) for teacher in teachers))


def _multiplications(model: Mapping[str, Any]) -> float:
    return complexity(MODELS.build(without_starts(model)), model['head']['decoder']['input_size']).flops


def _listed(costs: Mapping[str, float]) -> str:
    return ', '.join(f'{_STUDENTS.get(name, name)} {cost / 1e9:.2f} GMAC' for name, cost in costs.items())


def _bytes(number: float) -> str:
    return f'{number / 1e12:,.1f} TB' if number >= 1e12 else f'{number / 1e9:,.0f} GB'


def _number(value: float) -> str:
    return f'{value:,.0f}' if value >= 10 else f'{value:.1f}'
