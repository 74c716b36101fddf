"""What a model costs: parameters, operations, and the time of a frame with one person, from pixels to pixels."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import numpy as np
import torch
from mmpose.apis import inference_bottomup, init_model
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import nn

from unipose.checkpoints.build_model import build_model
from unipose.commands.speed.alternating import seconds_of
from unipose.commands.speed.speed_table import measure_speed, processor_name
from unipose.compute.complexity import complexity
from unipose.files.read_config import read_config
from unipose.teachers.networks.mmpose_heads import describe_head

FRAME = 1280, 720  # width, height


def measure(config: str, repeats: int) -> dict[str, Any]:
    """Builds a model with random weights, which are as fast, and runs it; nothing is averaged with a mirrored image.

    Args:
        config: File of an MMPose config.
        repeats: Frames that are timed.

    Returns:
        ``kind`` of its outputs, ``input_size``, ``params``, ``flops``, ``ms`` of a frame by precision (the median), and
        ``machine``.
    """
    torch.manual_seed(0)
    model = build_model(read_config(config))
    whole = not isinstance(model, TopdownPoseEstimator)
    found = _whole_pictures(config, repeats) if whole else _people(config, model, repeats)
    return found | dict(machine=f'{processor_name()}, {torch.get_num_threads()} threads')


def _people(config: str, model: nn.Module, repeats: int) -> dict[str, Any]:
    table = measure_speed(config, devices=['cpu'], flip_test=False, persons=(1,), frame_size=FRAME, repeats=repeats)
    output, _ = describe_head(model.head)
    return dict(
        kind=output.kind + (', UDP' if output.udp else ''),
        input_size=table.input_size,
        **table.complexity._asdict(),
        ms={backend.split()[1].rstrip(','): table.ms(backend, 1) for backend in table.seconds},
    )


def _whole_pictures(config: str, repeats: int) -> dict[str, Any]:
    """Of a model that needs no boxes; in fp32."""
    model = init_model(config, device='cpu')
    model.test_cfg.update(flip_test=False)
    input_size = tuple(model.cfg.codec.input_size)
    width, height = FRAME
    frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    seconds = seconds_of(dict(fp32=partial(inference_bottomup, model, frame)), repeats)
    return dict(
        kind='whole pictures',
        input_size=input_size,
        **complexity(model, input_size)._asdict(),
        ms=dict(fp32=1000 * median(seconds['fp32'])),
    )
