"""All that the speed benchmark measures, as numbers by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import torch
from mmengine.config import Config

from benchmarks.speed.auto_stores import measure_auto
from benchmarks.speed.contestant import Contestant
from benchmarks.speed.pipelines import pipelines
from benchmarks.speed.setting import base_config, contestants, device
from benchmarks.speed.stages import stages
from benchmarks.speed.storing import times
from unipose.commands.speed.alternating import ratio, seconds_of
from unipose.compute.precision import has_fast_bf16


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    Args:
        sizes: Students.
        images: COCO-style images.
        batch_size: Samples of a step.
        turns: How often each thing is timed.
        epochs: How often each whole epoch is timed.
        workers: Processes that prepare samples in whole epochs.
    """

    sizes: tuple[str, ...]
    images: int
    batch_size: int
    turns: int
    epochs: int
    workers: int = 2


FULL = Scale(sizes=('tiny', 'small'), images=84, batch_size=16, turns=7, epochs=5)
QUICK = Scale(sizes=('tiny',), images=28, batch_size=8, turns=5, epochs=1)


def measure(scale: Scale, memory_of: Callable[[str, str], float], parts: Collection[str]) -> Iterator[dict[str, Any]]:
    """Measures part by part.

    Args:
        scale: How much.
        memory_of: The peak memory of a size and contestant, MB, measured in a process of its own.
        parts: What is measured: ``pipelines``, of data; ``storing``, beside teachers alone; ``training``, steps and
            epochs; ``auto``, runs that store targets on the way.

    Yields:
        All that has been measured so far. Nested numbers: ``pipeline.NAME``: samples per second and core;
        ``pipeline_ratio.NAME``: against MMPose's own pipeline; ``pipeline_speedup``: that of raw crops;
        ``pipeline_ms.NAME.STAGE``: milliseconds of a sample, stages of :data:`benchmarks.speed.stages.STAGES`;
        ``storing_to_teachers``: how much of the speed of the teachers alone storing what they say has. Of each size and
        contestant: ``step_ratio``, against the student alone in the same precision and layout; ``step_ms``, per sample;
        ``epoch_speedup``, against the reference recipe, data included; ``samples_per_second`` of whole epochs;
        ``peak_memory_mb``. In bfloat16 where the machine has units for it, and then in fp32 too (``step_ratio_fp32``
        and so on); the reference recipe is in fp32 both times. Of each size: what
        :func:`benchmarks.speed.auto_stores.measure_auto` returns, in bfloat16 where it can.
    """
    on_gpu = device().type == 'cuda'
    fast = has_fast_bf16(device())
    found: dict[str, Any] = dict(
        machine=dict(
            device=torch.cuda.get_device_name() if on_gpu else 'CPU', threads=torch.get_num_threads(), bf16=fast
        ),
        scale=dict(vars(scale)),
    )
    if 'pipelines' in parts:
        found.update(_pipelines(scale))
        yield found
    if 'storing' in parts:
        found['storing_to_teachers'] = times(scale.sizes[-1], scale.images, scale.turns)['share']
        yield found
    for size in scale.sizes if 'training' in parts else ():
        config = base_config(size, scale.images)
        for suffix in ('', '_fp32') if fast else ('',):
            for key, numbers in _training(scale, config, fast and not suffix, f'{size}{suffix}').items():
                found.setdefault(f'{key}{suffix}', {})[size] = numbers
        names = ('alone', 'online', 'cached', 'reference')
        found.setdefault('peak_memory_mb', {})[size] = {name: memory_of(size, name) for name in names}
        yield found
    for size in scale.sizes if 'auto' in parts else ():
        config = base_config(size, scale.images)
        for key, numbers in measure_auto(config, fast, scale.batch_size, scale.workers, scale.epochs, size).items():
            found.setdefault(key, {})[size] = numbers
        yield found


def peak_memory(scale: Scale, size: str, name: str) -> float:
    """The most memory that this process ever held after two steps of a contestant, MB."""
    config = contestants(base_config(size, scale.images), has_fast_bf16(device()))[name]
    run = Contestant(config, scale.batch_size, workers=0, channels_last=name != 'reference')
    run.step()
    run.step()
    if device().type == 'cuda':
        return torch.cuda.max_memory_allocated() / 2**20
    # getrusage would count the process that started this one
    status = dict(line.split(':', 1) for line in Path('/proc/self/status').read_text().splitlines())
    return int(status['VmHWM'].split()[0]) / 2**10


def _pipelines(scale: Scale) -> dict[str, Any]:
    threads = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(0)  # as in a loader's workers: what is told is samples of one core
    runs = pipelines(base_config(scale.sizes[0], scale.images))
    timed = seconds_of(runs, scale.turns, 'pipelines')
    ratios = {name: ratio(timed, 'stock', name) for name in runs}
    of_stages = {name: stages(run, scale.turns) for name, run in runs.items()}
    torch.set_num_threads(threads[0])
    cv2.setNumThreads(threads[1])
    return dict(
        pipeline={name: len(runs[name].keys) / median(seconds) for name, seconds in timed.items()},
        pipeline_ratio=ratios,
        pipeline_speedup=ratios['raw'],
        pipeline_ms=of_stages,
    )


def _training(scale: Scale, config: Config, fast: bool, what: str) -> dict[str, dict[str, float]]:
    runs = {
        name: Contestant(run, scale.batch_size, scale.workers, channels_last=name != 'reference')
        for name, run in contestants(config, fast).items()
    }
    steps = seconds_of({name: run.step for name, run in runs.items()}, scale.turns, f'steps, {what}')
    epochs = seconds_of({name: run.epoch for name, run in runs.items()}, scale.epochs, f'epochs, {what}')
    return dict(
        step_ratio={name: ratio(steps, name, 'alone') for name in runs},
        step_ms={name: 1000 * median(steps[name]) / scale.batch_size for name in runs},
        epoch_speedup={name: ratio(epochs, 'reference', name) for name in runs},
        samples_per_second={name: run.samples / median(epochs[name]) for name, run in runs.items()},
    )
