"""How large a network is and how much it computes."""

from __future__ import annotations

import contextlib
import copy
import logging
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from mmengine.analysis import get_model_complexity_info
from torch import Tensor, nn


class Complexity(NamedTuple):
    """Size and work of a network.

    Args:
        params: Numbers that are learned, of backbone, neck and head; NaN where that is not known.
        flops: Operations of a forward pass of one image, each multiplication with its addition as one, as RTMPose's
            tables and fvcore count; NaN where that is not known.
    """

    params: float
    flops: float


def complexity(model: nn.Module, input_size: tuple[int, int]) -> Complexity:
    """Counts with MMEngine's counter, on a copy.

    Args:
        model: An MMPose estimator; what it has for training alone does not count.
        input_size: Width and height of its input.
    """
    parts = [getattr(model, name, None) for name in ('backbone', 'neck', 'head')]
    params = sum(parameter.numel() for part in parts if part is not None for parameter in part.parameters())
    return Complexity(params, count_operations(_Network(copy.deepcopy(model)), input_size))


def count_operations(network: nn.Module, input_size: tuple[int, int]) -> int:
    """Operations of a forward pass of one image, by MMEngine's counter.

    Args:
        network: From images ``[1, 3, h, w]`` to whatever; it is moved to the CPU and put into eval mode.
        input_size: Width and height of its input.
    """
    width, height = input_size
    with _quiet():
        found = get_model_complexity_info(
            network.cpu().eval(), inputs=(torch.zeros(1, 3, height, width),), show_table=False, show_arch=False
        )
    return int(found['flops'])


class _Network(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Any:
        return self.model.head(self.model.extract_feat(images))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The counter warns of every operation that it does not count."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
