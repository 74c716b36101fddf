"""Writes a student as an ONNX file that says what its keypoints are."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import math
import warnings
from pathlib import Path
from typing import Any

import torch

from unipose.runtime.file_facts import METADATA_KEY
from unipose.runtime.simcc import DECODED_OUTPUTS, SIMCC_OUTPUTS

from .deployed_student import Exportable

OPSET = 18
_INPUT = 'input'


def write_onnx(
    student: Exportable, out: Path, decode: bool = False, dynamic_batch: bool = True, fp16: bool = False
) -> None:
    """Writes a student as ONNX.

    Args:
        student: The student.
        out: The file.
        decode: Put decoding into the graph.
        dynamic_batch: Leave the size of batches open; otherwise it is 1.
        fp16: Weights and arithmetic in half precision; inputs and outputs stay fp32.

    Raises:
        ImportError: If ``onnx`` and ``onnxscript`` are not installed.
        OSError: If it cannot be written.
    """
    try:
        import onnx
        import onnx_ir
        import onnxscript  # noqa: F401  torch's exporter needs it
    except ImportError as error:
        raise ImportError('ONNX files are written with onnx and onnxscript: pip install onnx onnxscript') from error
    width, height = student.input_size
    # 0 and 1 would be taken for constants
    images = torch.zeros(2 if dynamic_batch else 1, 3, height, width)
    with _quiet():
        program = torch.onnx.export(
            student.network(decode),
            (images,),
            input_names=[_INPUT],
            output_names=DECODED_OUTPUTS if decode else SIMCC_OUTPUTS,
            dynamic_shapes=({0: torch.export.Dim('batch')},) if dynamic_batch else None,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    proto = program.model_proto
    if fp16:
        from onnxruntime.transformers.float16 import convert_float_to_float16

        model = onnx_ir.from_proto(convert_float_to_float16(proto, keep_io_types=True))
        model.graph.sort()  # the casts that were put in come last
        proto = onnx_ir.to_proto(model)
    facts = student.facts() | dict(decoded=decode, fp16=fp16)
    entry = proto.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, json.dumps(_finite(facts))
    onnx.checker.check_model(proto)
    out.write_bytes(proto.SerializeToString())


def _finite(facts: Any) -> Any:
    """NaN, of a sigma that is not defined, is no JSON."""
    if isinstance(facts, dict):
        return {key: _finite(value) for key, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [_finite(value) for value in facts]
    return None if isinstance(facts, float) and not math.isfinite(facts) else facts


@contextlib.contextmanager
def _quiet() -> Any:
    """The exporter tells of every operator of torchvision that is not there."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter('ignore')
            yield
    finally:
        logging.disable(before)
