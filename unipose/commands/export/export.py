"""Exports a student, and keeps the file only if it predicts what the student does."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import numpy as np
import torch

from unipose.files import check_writable
from unipose.files.write_file import unwritable

from .check import Difference, compare, onnx_runner, torchscript_runner
from .deployed_student import Exportable
from .onnx_file import write_onnx
from .options import ExportOptions


class Allowed(NamedTuple):
    """How far a file may be from the student: share of keypoints further away than some input pixels, and scores."""

    pixels: float
    share: float
    score: float


_SAME = Allowed(0.1, 0.0, 1e-3)
_HALF = Allowed(0.1, 0.05, 2e-2)  # some fall into the next bin
_INT8 = Allowed(3.0, 0.1, 0.2)  # the demo's student: 2% and 0.08 on people like its own, 6% and 0.05 on photographs


def export(student: Exportable, out: Path, pictures: np.ndarray, options: ExportOptions | None = None) -> Difference:
    """Writes an exported file.

    Args:
        student: The student.
        out: The file.
        pictures: What it is checked on, ``[N, H, W, 3]``, uint8, BGR, of the input's size.
        options: How; by default ONNX in fp32.

    Returns:
        How far it is from the student in torch.

    Raises:
        ImportError: If a package is missing.
        ValueError: If the file predicts something else; there is then no file.
        OSError: If it cannot be written.
    """
    options = options or ExportOptions()
    check_writable(out)
    part = out.with_name(f'.{out.name}.part')
    allowed = _HALF if options.fp16 else _SAME if options.int8 is None else _INT8
    try:
        if options.kind == 'onnx':
            write_onnx(student, part, options)
            run = onnx_runner(part)
        else:
            _write_torchscript(student, part, options)
            run = torchscript_runner(part)
        found = compare(student, run, pictures, options).difference(allowed.pixels)
        if found.score > allowed.score or found.share > allowed.share or not found.count:
            advice = '; what a student is unsure of moves most: give --images of people like those that it learned from'
            raise ValueError(
                f'the exported file predicts something else than the student and is not kept. {found}; allowed are '
                f'{100 * allowed.share:g}% and {allowed.score:g}{advice * (options.int8 is not None)}'
            )
        os.replace(part, out)
    except OSError as error:
        raise unwritable(out, error) from error
    finally:
        part.unlink(missing_ok=True)
    return found


def _write_torchscript(student: Exportable, out: Path, options: ExportOptions) -> None:
    width, height = student.input_size
    network, images = student.network(options.decode, options.bgr), torch.zeros(2, 3, height, width)
    whole = io.BytesIO()
    torch.jit.save(torch.jit.trace(network, images, check_trace=False), whole)
    with ZipFile(whole) as archive, ZipFile(out, 'w') as stripped:
        for entry in archive.infolist():
            # stack traces, with paths of this machine; what it was traced with, whose batch alone pnnx would then take
            if not entry.filename.endswith('.debug_pkl') and '/traced_inputs' not in entry.filename:
                stripped.writestr(entry, archive.read(entry))
