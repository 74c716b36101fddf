"""Arithmetic of large training runs: how much is stored, how long it takes, and what caps a rank."""

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
from unipose.commands.full_run.people import KNOWN
from unipose.compute.complexity import complexity
from unipose.evaluation.format_scores import format_markdown
from unipose.simcc.compact import compact_bytes

_STUDENTS = dict(tiny='RTMPose-t', small='RTMPose-s')
_WAYS = dict(images='teachers online, whole images', jpeg='stored targets, JPEG crops', raw='stored targets, raw crops')
_CAPS = dict(networks='the networks', workers='its workers', rank='its process', disk='the disk')
_GPUS = (1, 8, 64)
_STAGES, _VIEWS = (390, 30), (20, 50, 100)  # epochs of each stage of augmentation of a full run, and views of each
_BACKWARD = 2.0  # of a forward pass
_BATCH = 256
_BOTH = KNOWN['person_keypoints_train2017.json'] + KNOWN['mpii_train.json']
_TARGETS = compact_bytes() * (17 + 16)
# of a COCO-style person, measured with tools/prepare_crops.py on photographs
_CROPS = dict(raw=460e3, jpeg=83e3)
# read of each person; of whole images, COCO's (18 GB, 118,287) and MPII's (12.9 GB, 24,984) by their numbers of people
_READ = dict(images=200e3, **{name: size + _TARGETS for name, size in _CROPS.items()})


@dataclass(frozen=True)
class Machine:
    """What is assumed of a GPU and what stands beside it.

    Args:
        tflops: What it sustains on such networks in bf16, 1e12 operations a second.
        cores: CPU cores, one of which a rank needs for itself.
        workers: Processes of a rank that prepare samples.
        disk: GB read in a second.
        call_us: CPU microseconds in which a rank has its GPU do one of the operators of networks and losses.
    """

    tflops: float
    cores: int
    workers: int
    disk: float
    call_us: float


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
    Job(f'COCO and MPII: {_BOTH:,} people, 420 epochs, 20 views in each of two stages', _BOTH, 420, 40),
    Job('100 million people with boxes only, 10 epochs, one view', 100e6, 10, 1),
)


def format_jobs(measures: Mapping[str, Any], rehearsal: Mapping[str, Any], machine: Machine) -> str:
    """Tables of what caps a rank, and of all jobs.

    Args:
        measures: What :func:`benchmarks.speed.measure.measure` returned on a CPU.
        rehearsal: What :func:`benchmarks.rehearsed.plan.rehearse` has found.
        machine: What is assumed of GPUs.
    """
    costs = network_costs()
    listed = ', '.join(f'{_STUDENTS.get(name, name)} {cost / 1e9:.2f} GMAC' for name, cost in costs.items())
    caps = {(size, way): limits(measures, rehearsal, machine, costs, size, way) for size in _STUDENTS for way in _WAYS}
    parts = [
        f'Assumed of a rank: a GPU of {machine.tflops:g} TFLOP/s in bf16, {machine.cores} cores, {machine.workers} '
        f'workers, {machine.disk:g} GB/s of disk, {machine.call_us:g} us of CPU to call an operator. {listed}',
        *['', '### One rank', '', _caps(caps)],
    ]
    for job in JOBS:
        parts += ['', f'### {job.title}', '', _storage(job), '', _hours(job, measures, machine, costs, caps)]
    parts += ['', '### `--targets auto` on the first of them', '', _auto(JOBS[0], measures, machine, costs, caps)]
    return '\n'.join(parts)


def asking_epochs(views: int) -> int:
    """How many epochs of a full run ask the teachers, where so many views of each stage are stored.

    >>> asking_epochs(20), asking_epochs(50)
    (40, 80)
    """
    return sum(min(views, epochs) for epochs in _STAGES)


def stored_views(views: int) -> int:
    """How many views of a person are stored then: none of a stage that draws nobody more often.

    >>> stored_views(20), stored_views(50)
    (40, 50)
    """
    return sum(views for epochs in _STAGES if epochs > views)


def limits(
    measures: Mapping[str, Any],
    rehearsal: Mapping[str, Any],
    machine: Machine,
    costs: Mapping[str, float],
    size: str,
    way: str,
) -> dict[str, float]:
    """Samples a second that each part of a rank could do by itself: ``networks``, ``workers``, ``rank``, ``disk``.

    Workers are as the rehearsal has measured them; raw crops cost them as much less than JPEG as in ``measures``. The
    rank's own process takes a batch, calls the operators of networks and losses, and does what a step with a narrow
    student takes: hooks, optimizer and EMA.
    """
    rehearsed = 'images' if way == 'images' else 'stored'
    run, hour = _runs(rehearsal, rehearsed)
    worker_ms = run['worker_ms']
    if way == 'raw':
        worker_ms *= measures['pipeline']['jpeg'] / measures['pipeline']['raw']
    own_ms = run['taking_ms'] + hour['main_ms'] - hour['taking_ms']
    own_ms += rehearsal['operators'][rehearsed] * machine.call_us / 1000
    return dict(
        networks=1 / step_seconds(costs, machine.tflops, size, online=way == 'images'),
        workers=1000 * min(machine.workers, machine.cores - 1) / worker_ms,
        rank=1000 * _BATCH / own_ms,
        disk=machine.disk * 1e9 / _READ[way],
    )


def step_seconds(costs: Mapping[str, float], tflops: float, size: str, online: bool) -> float:
    """Seconds that a GPU needs for a sample.

    Args:
        costs: Of :func:`network_costs`.
        tflops: What it sustains.
        size: Of the student.
        online: Teachers run along.
    """
    multiplications = costs[size] * (1 + _BACKWARD) + online * costs['teachers']
    return _gpu_seconds(multiplications, tflops)


def network_costs() -> dict[str, float]:
    """Multiplications of a forward pass, of each student and of both teachers together (``teachers``)."""
    init_default_scope('mmpose')
    found = {}
    for size in _STUDENTS:
        config = Config.fromfile(f'configs/distill_{size}.py')
        student = dict(config.model, teachers=None, dialects=None, combine='separate', test_cfg={})
        found[size] = _multiplications(student)
    teachers = (Config.fromfile(entry.config).model for entry in config.model.teachers.values())
    return found | dict(teachers=sum(_multiplications(teacher) for teacher in teachers))


def _runs(rehearsal: Mapping[str, Any], way: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The rehearsed run of one rank with the config's batches, and the one over an hour.

    Raises:
        ValueError: If they have not been made.
    """
    runs = rehearsal['runs']
    full = [
        run
        for run in runs
        if (run['run']['way'], run['run']['processes'], run['run']['batch_size']) == (way, 1, _BATCH)
    ]
    hours = [run for run in runs if run['run']['epoch_steps']]
    if not full or not hours:
        raise ValueError(f'no rehearsal of {way!r} on one rank with batches of {_BATCH}; run benchmarks/rehearsal.py')
    return full[-1], hours[-1]


def _caps(caps: Mapping[tuple[str, str], Mapping[str, float]]) -> str:
    rows = [
        [f'{_STUDENTS[size]}, {_WAYS[way]}', *(f'{found[name]:,.0f}' for name in _CAPS), _CAPS[_slowest(found)]]
        for (size, way), found in caps.items()
    ]
    return format_markdown(['samples/s that are possible to', *_CAPS.values(), 'capped by'], rows)


def _slowest(found: Mapping[str, float]) -> str:
    return min(found, key=lambda name: found[name])


def _hours(
    job: Job,
    measures: Mapping[str, Any],
    machine: Machine,
    costs: Mapping[str, float],
    caps: Mapping[tuple[str, str], Mapping[str, float]],
) -> str:
    teachers, rows = _gpu_seconds(costs['teachers'], machine.tflops), []
    for size, title in _STUDENTS.items():
        for way, how in _WAYS.items():
            found = caps[size, way]
            storing = 0.0 if way == 'images' else job.persons * job.views * teachers
            seconds = job.samples / min(found.values()) + storing
            hours = [_number(seconds / 3600 / gpus) for gpus in _GPUS]
            rows.append([f'{title}, {how}', _number(storing / 3600), _CAPS[_slowest(found)], *hours])
        step, asking = _cpu_seconds(measures, size)
        for name, storing in (('online', 0.0), ('cached', job.persons * job.views * asking)):
            seconds = job.samples * step[name] + storing
            rows.append(
                [f'{title}, {name}, {measures["machine"]["threads"]} CPU cores (measured steps)']
                + [_number(storing / 3600), _CAPS['networks'], _number(seconds / 3600), '', '']
            )
    return format_markdown(['', 'hours to store', 'waits for', *(f'{gpus} GPU, hours' for gpus in _GPUS)], rows)


def _auto(
    job: Job,
    measures: Mapping[str, Any],
    machine: Machine,
    costs: Mapping[str, float],
    caps: Mapping[tuple[str, str], Mapping[str, float]],
) -> str:
    teachers, rows = _gpu_seconds(costs['teachers'], machine.tflops), []
    for views in _VIEWS:
        asked = job.persons * asking_epochs(views)
        hours = []
        for size in _STUDENTS:
            hours.append(job.samples / min(caps[size, 'jpeg'].values()) + asked * teachers)
            step, asking = _cpu_seconds(measures, size)
            hours.append(job.samples * step['cached'] + asked * asking)
        stored = _bytes(job.persons * stored_views(views) * _TARGETS)
        rows.append([str(views), stored, str(asking_epochs(views)), *(_number(seconds / 3600) for seconds in hours)])
    where = ('1 GPU', f'{measures["machine"]["threads"]} CPU cores')
    head = [f'{title}, {place}' for title in _STUDENTS.values() for place in where]
    return format_markdown(['views', 'stored', 'epochs with teachers', *(f'{title}, hours' for title in head)], rows)


def _gpu_seconds(multiplications: float, tflops: float) -> float:
    return 2 * multiplications / (tflops * 1e12)


def _cpu_seconds(measures: Mapping[str, Any], size: str) -> tuple[dict[str, float], float]:
    """Measured seconds of a sample's step by contestant, and what asking the teachers is of them."""
    step = {name: milliseconds / 1000 for name, milliseconds in measures['step_ms'][size].items()}
    return step, step['online'] - step['alone']


def _storage(job: Job) -> str:
    rows = [['targets', _bytes(job.persons * job.views * _TARGETS)]]
    rows += [[f'{name} crops', _bytes(job.persons * size)] for name, size in _CROPS.items()]
    return format_markdown(['stored', 'size'], rows)


def _multiplications(model: Mapping[str, Any]) -> float:
    return complexity(MODELS.build(without_starts(model)), model['head']['decoder']['input_size']).flops


def _bytes(number: float) -> str:
    return f'{number / 1e12:,.1f} TB' if number >= 1e12 else f'{number / 1e9:,.0f} GB'


def _number(value: float) -> str:
    return f'{value:,.0f}' if value >= 10 else f'{value:.1f}'
