"""The flip test: predictions averaged with those on the mirrored image, as MMPose does it, or aligned first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from torch import Tensor, nn

ALIGNED = 'aligned'
FlipTest = bool | Literal['aligned']
"""True is MMPose's, whose average of an exact network lies elsewhere; ``'aligned'`` leaves it where it is."""


def set_flip_test(model: nn.Module, flip_test: FlipTest) -> None:
    """Has an estimator of MMPose average its predictions with those on the mirrored image, or not.

    A pixel p of w is pixel ``w - 1 - p`` of the mirrored image. Where outputs have r cells for each pixel, from the
    first pixel on (SimCC: split ratio 2; a plain heatmap: 1/4), it lies at cell ``r * (w - 1 - p)`` there, and reversed
    at ``r * p + r - 1``: MMPose's average of SimCC outputs moves an exact network's prediction by ``(r - 1) / (2 * r)``
    pixels, 0.25 to the right. Heatmaps are moved by 1.5 pixels to the left, or 0.5 to the right with
    ``shift_heatmap=True``. Aligned, the reversed outputs are moved to where they belong, by interpolation where that
    lies between cells.

    Args:
        model: The estimator; its ``test_cfg`` says so afterwards.
        flip_test: False, True (MMPose's, which published numbers are made with) or ``'aligned'``.

    Raises:
        ValueError: If it is something else, or nothing is known of where the head's outputs lie.
    """
    if flip_test not in (False, True, ALIGNED):
        raise ValueError(f'flip_test must be True, False or {ALIGNED!r}. Got: {flip_test!r}')
    model.test_cfg = dict(model.test_cfg or {}, flip_test=flip_test)
    if flip_test == ALIGNED:
        model.head.predict = partial(_predict, model.head, _reversed_cells(model.head))


def shifted(rows: Tensor, cells: float) -> Tensor:
    """Rows moved towards their end, which repeat what they begin or end with where nothing comes from.

    Args:
        rows: ``[..., W]``.
        cells: How far; it may be negative, and lie between cells.

    >>> shifted(torch.tensor([1.0, 2.0, 4.0]), 0.5).tolist()
    [1.0, 1.5, 3.0]
    """
    last = rows.shape[-1] - 1
    places = (torch.arange(last + 1, device=rows.device) - cells).clamp(0, last)
    before = places.floor().long()
    return torch.lerp(rows[..., before], rows[..., (before + 1).clamp(max=last)], (places - before).to(rows.dtype))


def _reversed_cells(head: nn.Module) -> float:
    """How many cells further right than a place's own it lies in the reversed outputs of the mirrored image."""
    codec = head.decoder
    kind = type(codec).__name__
    if kind == 'SimCCLabel':
        return codec.simcc_split_ratio - 1
    if kind in ('UDPHeatmap', 'RegressionLabel'):
        return 0.0
    if kind in ('MSRAHeatmap', 'MegviiHeatmap'):  # Megvii's cells lie half a cell further on
        ratio = codec.heatmap_size[0] / codec.input_size[0]
        return ratio if kind == 'MegviiHeatmap' else ratio - 1
    raise ValueError(
        f'nothing says where the outputs of a {type(head).__name__} with codec {kind} lie, so their flip test cannot '
        "be aligned; use flip_test=True, which is MMPose's, or False"
    )


def _predict(
    head: nn.Module,
    cells: float,
    feats: Any,
    batch_data_samples: Sequence[PoseDataSample],
    test_cfg: Mapping[str, Any],
) -> list[InstanceData]:
    """``predict`` of a head, with its flip test aligned where ``test_cfg`` says so."""
    predict = partial(type(head).predict, head)
    if test_cfg.get('flip_test') != ALIGNED:
        return predict(feats, batch_data_samples, test_cfg)
    if not cells:  # so is MMPose's own, if it is not told to shift what needs none
        return predict(feats, batch_data_samples, dict(test_cfg, shift_heatmap=False, shift_coords=True))
    swapped = batch_data_samples[0].metainfo['flip_indices']
    straight, mirrored = (head.forward(of_one) for of_one in feats)
    if isinstance(straight, tuple):
        reversed_x = shifted(mirrored[0][:, swapped].flip(-1), -cells)
        return head.decode(((straight[0] + reversed_x) / 2, (straight[1] + mirrored[1][:, swapped]) / 2))
    straight, mirrored = (maps if isinstance(maps, Tensor) else maps[-1] for maps in (straight, mirrored))
    return head.decode((straight + shifted(mirrored[:, swapped].flip(-1), -cells)) / 2)
