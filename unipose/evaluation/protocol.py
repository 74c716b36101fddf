"""The protocol: how numbers came about, written beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mmengine
import mmpose
import numpy as np
import torch

import unipose
from unipose.checkpoints.loading import read_checkpoint
from unipose.simcc.flip_test import FlipTest

GROUND_TRUTH_BOXES = 'ground truth'
FOUND = 'found by the model'
"""Whose boxes people are looked for in where a model takes whole pictures."""


def protocol_stamp(
    dataset: Any,
    num_samples: Mapping[str, int],
    input_size: tuple[int, int],
    flip_test: FlipTest,
    dialects: bool,
    checkpoint: Mapping[str, Any],
    scales: Sequence[float] = (1.0,),
    scored: Mapping[str, str] | None = None,
    *,
    where: Mapping[str, Any],
) -> dict[str, Any]:
    """What one must know to compare numbers.

    Args:
        dataset: The UnifiedKeypointDataset evaluated on.
        num_samples: Samples scored, by source.
        input_size: Width and height of the model's input.
        flip_test: Whether predictions are averaged with those on the mirrored image, and how: True is MMPose's way.
        dialects: Whether each sample is predicted in the dialect of its source.
        checkpoint: What :func:`checkpoint_facts` says.
        scales: Sizes of crops that predictions are averaged over.
        scored: By source that is not scored in all its keypoints, in which.
        where: Where people are looked for, see :meth:`unipose.evaluation.ways.Way.protocol`.

    Returns:
        The stamp; it holds no path of this machine.
    """
    return dict(
        flip_test=flip_test,
        scales=list(scales),
        dialects=dialects,
        **where,
        num_samples=dict(num_samples),
        input_size=list(input_size),
        skeleton=dataset.skeleton.name,
        num_keypoints=len(dataset.skeleton),
        **checkpoint,
        versions=versions(),
        **(dict(scored=dict(scored)) if scored else {}),
    )


def boxes_of(dataset: Any) -> str:
    """``'ground truth'``, or ``'detected (<file name>)'``, of an MMPose dataset."""
    detections = getattr(dataset, 'bbox_file', None)
    return f'detected ({Path(detections).name})' if detections else GROUND_TRUTH_BOXES


def checkpoint_facts(path: str | Path, digest: str) -> dict[str, Any]:
    """What a checkpoint says of itself.

    Args:
        path: Checkpoint of a training run (MMEngine's), an exported student (ONNX too), or bare weights.
        digest: Its SHA-256.

    Returns:
        ``checkpoint`` (file name), ``checkpoint_sha256``, ``ema`` (whether its weights are the moving average; None
        where it does not say) and ``epoch`` (or None).
    """
    content: Mapping[str, Any] = {}
    if Path(path).suffix != '.onnx':
        content = read_checkpoint(path, 'meta')  # shapes without numbers
    meta = content.get('meta') if isinstance(content.get('meta'), Mapping) else {}
    ema = True if 'ema_state_dict' in content else meta.get('ema', False if 'cfg' in meta else None)
    return dict(checkpoint=Path(path).name, checkpoint_sha256=digest, ema=ema, epoch=meta.get('epoch'))


def rounded(values: np.ndarray, digits: int) -> list:
    """Numbers as JSON has them."""
    return np.asarray(values, dtype=np.float64).round(digits).tolist()


def sortable(identity: int | str) -> tuple[bool, int | str]:
    """What ids are sorted by, numbers before texts."""
    return isinstance(identity, str), identity


def versions() -> dict[str, str]:
    """Versions of what computes the numbers."""
    return dict(
        unipose=unipose.__version__, torch=torch.__version__, mmpose=mmpose.__version__, mmengine=mmengine.__version__
    )
