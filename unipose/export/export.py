"""Exports a student, and keeps the file only if it predicts what the student does."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch

from unipose.files import check_writable

from .check import Difference, difference, onnx_runner, torchscript_runner
from .deployed_student import Exportable
from .onnx_file import write_onnx

_SAME = 1e-3, 0.0  # largest difference of a score, and share of keypoints that may be more than 0.1 pixels away
_HALF = 2e-2, 0.05  # in half precision some fall into the next bin


def export(
    student: Exportable,
    out: Path,
    images: np.ndarray,
    kind: str = 'onnx',
    decode: bool = False,
    dynamic_batch: bool = True,
    fp16: bool = False,
) -> Difference:
    """Writes an exported file.

    Args:
        student: The student.
        out: The file.
        images: What it is checked on, ``[N, 3, H, W]``, RGB, normalised.
        kind: ``'onnx'`` or ``'torchscript'``.
        decode: Outputs are keypoints and scores instead of SimCC's.
        dynamic_batch: Of ONNX: batches of any size.
        fp16: Of ONNX: weights and arithmetic in half precision.

    Returns:
        How far it is from the student in torch.

    Raises:
        ImportError: If a package is missing.
        ValueError: If options do not go together, or the file predicts something else; there is then no file.
        OSError: If it cannot be written.
    """
    if kind == 'torchscript' and fp16:
        raise ValueError('half precision is for ONNX; a TorchScript module is halved where it runs, with .half()')
    check_writable(out)
    part = out.with_name(f'.{out.name}.part')
    try:
        if kind == 'onnx':
            write_onnx(student, part, decode, dynamic_batch, fp16)
            run = onnx_runner(part)
        else:
            _write_torchscript(student, part, decode)
            run = torchscript_runner(part)
        found = difference(student, run, images, decode, dynamic_batch or kind == 'torchscript')
        score, moved = _HALF if fp16 else _SAME
        if found.score > score or found.moved > moved:
            raise ValueError(
                f'the exported file predicts something else than the student and is not kept. {found}; allowed are '
                f'{100 * moved:g}% and {score:g}'
            )
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)
    return found


def _write_torchscript(student: Exportable, out: Path, decode: bool) -> None:
    width, height = student.input_size
    traced = torch.jit.trace(student.network(decode), torch.zeros(2, 3, height, width), check_trace=False)
    traced.save(str(out))
