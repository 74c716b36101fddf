"""Writes a student as an ONNX file that says what its keypoints are."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from unipose.files.onnx.metadata import METADATA_KEY
from unipose.runtime.simcc import DECODED_OUTPUTS, SIMCC_OUTPUTS

from .deployed_student import Exportable
from .metadata import exported_metadata
from .options import ExportOptions
from .portable import portable
from .quantise import quantised

OPSET = 18
_INPUT = 'input'


def write_onnx(student: Exportable, out: Path, options: ExportOptions) -> None:
    """Writes a student as ONNX, in opset 18.

    Args:
        student: The student.
        out: The file.
        options: How.

    Raises:
        ImportError: If a package that this needs is not installed.
        OSError: If it cannot be written.
    """
    try:
        import onnx
        import onnxscript  # noqa: F401  torch's exporter needs it
    except ImportError as error:
        raise ImportError('ONNX files are written with onnx and onnxscript: pip install onnx onnxscript') from error
    with _quiet():
        proto = _exported(student, options)
        if options.simplify:
            proto = _simplified(proto)
        if options.int8 is not None:
            proto = quantised(proto, student.normalised(options.int8, options.bgr))
        if options.fp16:
            proto = _halved(proto)
    portable(proto)
    _strip(proto.graph)
    entry = proto.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, exported_metadata(student, options)
    onnx.checker.check_model(proto)
    out.write_bytes(proto.SerializeToString())


def _exported(student: Exportable, options: ExportOptions) -> Any:
    width, height = student.input_size
    program = torch.onnx.export(
        student.network(options.decode, options.bgr),
        (torch.zeros(2 if options.dynamic_batch else 1, 3, height, width),),  # 0 and 1 would be taken for constants
        input_names=[_INPUT],
        output_names=DECODED_OUTPUTS if options.decode else SIMCC_OUTPUTS,
        dynamic_shapes=({0: torch.export.Dim('batch')},) if options.dynamic_batch else None,
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    return program.model_proto


def _simplified(proto: Any) -> Any:
    try:
        import onnxslim
    except ImportError as error:
        raise ImportError('--simplify needs onnxslim: pip install onnxslim') from error
    return onnxslim.slim(proto)


def _halved(proto: Any) -> Any:
    import onnx_ir
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = onnx_ir.from_proto(convert_float_to_float16(proto, keep_io_types=True))
    model.graph.sort()  # the casts that were put in come last
    return onnx_ir.to_proto(model)


def _strip(graph: Any) -> None:
    """Takes out what torch's exporter notes of every node: stack traces, with paths of this machine."""
    for part in (graph, *graph.node, *graph.value_info, *graph.initializer, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.ClearField('doc_string')


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells of every operator of torchvision that is not there; the others of their progress."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter('ignore')
            yield
    finally:
        logging.disable(before)
