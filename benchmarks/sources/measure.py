"""What a model costs: parameters, operations, and the time of a frame with one person, from pixels to pixels."""

from __future__ import annotations

from statistics import median
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import TRANSFORMS
from torch import nn

from unipose.batches.walk_pipeline import resize_of
from unipose.checkpoints.build_model import build_model
from unipose.commands.speed.alternating import seconds_of
from unipose.commands.speed.speed_table import measure_speed, processor_name
from unipose.compute.complexity import complexity
from unipose.files.read_config import read_config
from unipose.simcc.flip_test import set_flip_test
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
    settings = read_config(config)
    torch.manual_seed(0)
    model = build_model(settings)
    measured = _people if isinstance(model, TopdownPoseEstimator) else _whole_pictures
    found = measured(settings, model, repeats)
    return found | dict(machine=f'{torch.get_num_threads()} threads of {processor_name()}')


def _people(config: Config, model: nn.Module, repeats: int) -> dict[str, Any]:
    table = measure_speed(config, devices=['cpu'], flip_test=False, persons=(1,), frame_size=FRAME, repeats=repeats)
    output, _ = describe_head(model.head)
    return dict(
        kind=output.kind + (', UDP' if output.udp else ''),
        input_size=table.input_size,
        **table.complexity._asdict(),
        ms={backend.split()[1].rstrip(','): table.ms(backend, 1) for backend in table.seconds},
    )


def _whole_pictures(config: Config, model: nn.Module, repeats: int) -> dict[str, Any]:
    """Of a model that needs no boxes; in fp32."""
    set_flip_test(model, False)
    pipeline = Compose([TRANSFORMS.build(step) for step in (resize_of(config), dict(type='PackPoseInputs'))])
    width, height = FRAME
    picture = dict(img_shape=(height, width), ori_shape=(height, width))
    frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)

    def predict() -> None:
        model.test_step(pseudo_collate([pipeline(dict(picture, img=frame))]))

    with torch.no_grad():
        seconds = seconds_of(dict(fp32=predict), repeats)
    input_size = tuple(config.codec.input_size)
    return dict(
        kind='labels',
        input_size=input_size,
        **complexity(model, input_size)._asdict(),
        ms=dict(fp32=1000 * median(seconds['fp32'])),
    )
