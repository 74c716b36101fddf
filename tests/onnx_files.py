"""Small ONNX files of every kind that a teacher may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_HALF = {np.float16: TensorProto.FLOAT16, np.float32: TensorProto.FLOAT}


def write_onnx_file(
    path: Path,
    outputs: Mapping[str, Sequence[int]],
    size: tuple[int, int] = (96, 128),
    batch: int | str = 'N',
    layout: str = 'NCHW',
    dtype: type = np.float32,
    seed: int = 0,
    opset: int = 18,
) -> Path:
    """Writes a network whose outputs are a random linear function of its input's means over a grid of 4x4.

    Args:
        path: The file.
        outputs: Shapes of its outputs, without the batch.
        size: Width and height of its input.
        batch: Its batch, a number or a name.
        layout: ``NCHW`` or ``NHWC``.
        dtype: Of its input, weights and outputs.
        seed: Of the weights.
        opset: Of the file.
    """
    generator, (width, height) = np.random.default_rng(seed), size
    shape = [batch, 3, height, width] if layout == 'NCHW' else [batch, height, width, 3]
    nodes, initializers, kind = [], [], _HALF[dtype]
    images = 'input'
    if layout == 'NHWC':
        nodes.append(helper.make_node('Transpose', ['input'], ['first'], perm=[0, 3, 1, 2]))
        images = 'first'
    window = [height // 4, width // 4]
    nodes.append(helper.make_node('AveragePool', [images], ['pooled'], kernel_shape=window, strides=window))
    nodes.append(helper.make_node('Flatten', ['pooled'], ['flat']))  # [N, 48]
    values = []
    for name, own in outputs.items():
        weights = generator.normal(size=(48, int(np.prod(own)))).astype(dtype) * dtype(0.02)
        initializers.append(numpy_helper.from_array(weights, f'{name}_weights'))
        initializers.append(numpy_helper.from_array(np.array([-1, *own], np.int64), f'{name}_shape'))
        nodes.append(helper.make_node('MatMul', ['flat', f'{name}_weights'], [f'{name}_rows']))
        nodes.append(helper.make_node('Reshape', [f'{name}_rows', f'{name}_shape'], [name]))
        values.append(helper.make_tensor_value_info(name, kind, [batch, *own]))
    graph = helper.make_graph(
        nodes, 'teacher', [helper.make_tensor_value_info('input', kind, shape)], values, initializers
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)], ir_version=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path
