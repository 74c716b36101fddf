"""Weights that the comparison's RTMPose-t starts from: the synthetic benchmark's backbone, twice as wide."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from unipose.checkpoints.licences import Inherited, Licence, to_plain
from unipose.checkpoints.loading import load_state_dict_file

NARROW = Path('teachers/benchmark/backbone.pth')
WIDE = Path('work_dirs/real_people/backbone.pth')
_COLOURS = 3
_NOISE = 0.02  # of a weight's size: twins must not stay twins


def write_start(narrow: Path = NARROW, wide: Path = WIDE) -> None:
    """Writes a backbone of twice as many channels that computes nearly what the narrow one does, unless it is there.

    Every channel becomes two alike that share its weight; a little noise, the same each time, lets them part.

    Args:
        narrow: Weights of the backbone, by MMPose's names.
        wide: The file to write.

    Source:
        Net2Net, https://arxiv.org/abs/1511.05641 (Net2WiderNet).
    """
    if wide.is_file():
        return
    generator = torch.Generator().manual_seed(0)
    state = {key: _widened(value.float(), generator) for key, value in load_state_dict_file(narrow).items()}
    wide.parent.mkdir(parents=True, exist_ok=True)
    drawn = Inherited('source', 'synthetic people', Licence.of('synthetic'))  # whom the narrow one has learned from
    torch.save(dict(state_dict=state, meta=dict(licences=to_plain([drawn]))), wide)


def _widened(values: Tensor, generator: torch.Generator) -> Tensor:
    if not values.ndim:  # how many batches a batch normalisation has seen
        return values.long()
    values = values.repeat_interleave(2, 0)
    if values.ndim < 4:
        return values
    if values.shape[1] not in (1, _COLOURS):  # not depthwise, nor the first
        values = values.repeat_interleave(2, 1) / 2
    return values * (1 + _NOISE * torch.randn(values.shape, generator=generator))
