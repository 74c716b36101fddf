"""Measures what dialects cost: parameters, and time of a training step."""

from __future__ import annotations

import time
from statistics import quantiles

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpose.registry import MODELS

from benchmarks.quality.runs import CONFIGS
from unipose.distillers import plain_state_dict
from unipose.evaluation.format_scores import format_table

STUDENTS = {
    "the benchmark's": CONFIGS / 'distill.py',
    'RTMPose-t': 'configs/distill_tiny.py',
    'RTMPose-s': 'configs/distill_small.py',
}


def measure_dialects(steps: int) -> str:
    """Parameters of students with dialects, and how much longer a training step of the benchmark's student is.

    Steps with and without dialects take turns, on the same batch, with both teachers.

    Args:
        steps: How many of each are timed, at least 2.

    Returns:
        A table, and the ratio's median and quartiles over the pairs of steps.
    """
    init_default_scope('mmpose')
    rows = [[name, *_parameters(Config.fromfile(file))] for name, file in STUDENTS.items()]
    ratios = _step_ratios(Config.fromfile(CONFIGS / 'distill.py'), steps)
    low, median, high = quantiles(ratios, n=4)
    return '\n'.join(
        [
            *format_table(['student', 'trained', 'of these dialects', 'exported'], rows),
            '',
            f"a training step of the benchmark's student takes {median:.3f} times as long with dialects "
            f'(quartiles {low:.3f} and {high:.3f}; {steps} steps of each, in turns)',
        ]
    )


def _parameters(config: Config) -> list[str]:
    config.model.teachers = None
    model = MODELS.build(config.model)
    exported = plain_state_dict(dict(model.named_parameters()))
    counts = (
        sum(value.numel() for value in parameters)
        for parameters in (model.parameters(), model.distill.dialects.parameters(), exported.values())
    )
    return [f'{count:,}' for count in counts]


def _step_ratios(config: Config, steps: int) -> list[float]:
    batch = next(iter(Runner.build_dataloader(config.train_dataloader, seed=0)))
    with_dialects = _Trained(config)
    config.merge_from_dict({'model.dialects': None, 'model.test_cfg.dialects': False})
    without = _Trained(config)
    pairs = [(with_dialects.step(batch), without.step(batch)) for _ in range(steps + 1)]
    return [ours / theirs for ours, theirs in pairs[1:]]  # the first steps set memory up


class _Trained:
    """A student that takes one step after another."""

    def __init__(self, config: Config) -> None:
        self.model = MODELS.build(config.model).to(memory_format=torch.channels_last).train()
        # MMEngine would list every parameter's options, which change no step's time
        self.optim_wrapper = build_optim_wrapper(self.model, dict(config.optim_wrapper, paramwise_cfg=None))

    def step(self, batch: dict) -> float:
        """Seconds of a step."""
        begin = time.perf_counter()
        self.model.train_step(batch, self.optim_wrapper)
        return time.perf_counter() - begin
