"""What teachers say of a batch, as the records of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from unipose.batches.sample_batch import metainfo_of
from unipose.simcc import Persons
from unipose.simcc.compact import clear_weights

from .target_store import TargetStore, canvas_checksum


class Gap(NamedTuple):
    """Why a record lacks something: of view ``view`` of sample ``index``."""

    index: int
    view: int
    reason: str

    def __str__(self) -> str:
        return f'sample {self.index}, view {self.view}: {self.reason}'


@torch.no_grad()
def ask_teachers(
    model: nn.Module, batch: Mapping[str, Any], leaves: int
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What the teachers say of a batch as a loader gives it.

    Args:
        model: A :class:`unipose.distillers.MultiTeacherDistiller`.
        batch: ``inputs`` and ``data_samples``.
        leaves: See :func:`unipose.simcc.compact.compress`.

    Returns:
        By teacher ``[B, K, bytes]``, uint8, and which keypoints are no finite numbers, ``[B, K]``; on the CPU.
    """
    fed = model.data_preprocessor(dict(batch), training=True)
    said = model.compact_targets(fed['inputs'], fed['data_samples'], leaves)
    packed, left_out = ({name: tensor.cpu() for name, tensor in of_all.items()} for of_all in said)
    return packed, left_out


def records_of(
    store: TargetStore,
    drawn: Sequence[tuple[int, int]],
    batch: Mapping[str, Any],
    packed: Mapping[str, Tensor],
    left_out: Mapping[str, Tensor],
) -> tuple[np.ndarray, list[Gap]]:
    """Records of what teachers say, and what they lack.

    Where a sample stands in for one whose picture cannot be read, the record of the latter has weight 0 and no
    checksum.

    Args:
        store: Where they go.
        drawn: ``(index, view)`` of each sample that was drawn.
        batch: ``inputs`` and ``data_samples``, in the same order.
        packed: As :func:`ask_teachers` gives it.
        left_out: Likewise.

    Raises:
        ValueError: If none of what a teacher says of several samples is a finite number.
    """
    samples = batch['data_samples']
    skipped = metainfo_of(samples, 'skipped')
    stand_ins = np.array([bool(others) for others in skipped])
    records = np.empty(len(drawn), store.dtype)
    records['index'], records['view'] = np.transpose(drawn)
    records['checksum'] = [
        0 if is_another else canvas_checksum(canvas) for canvas, is_another in zip(batch['inputs'], stand_ins)
    ]
    if store.moves:
        records['box'] = Persons.of_samples(samples).boxes
    for name, of_all in packed.items():
        records[name] = of_all.numpy()
        clear_weights(records[name], stand_ins)
    paths = metainfo_of(samples, 'img_path')
    for name, rows in left_out.items():
        if rows.all() and len(rows) > 1:
            raise ValueError(
                f'teacher {name!r} says nothing that is a finite number of any of {len(rows)} samples, the first of '
                f"{paths[0]}; look at its weights, and try precision='fp32' in its entry"
            )
    gaps = []
    for number, (pair, others) in enumerate(zip(drawn, skipped)):
        if others:
            gaps.append(Gap(*pair, others[0]))
            continue
        gaps += [
            Gap(
                *pair,
                f'{paths[number]}: {int(rows[number].sum())} of {rows.shape[1]} keypoints of teacher {name!r} are no '
                'finite numbers',
            )
            for name, rows in left_out.items()
            if rows[number].any()
        ]
    return records, gaps
