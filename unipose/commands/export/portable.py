"""Writes what some runtimes misread in operators that all of them take, with the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

_RESHAPED = ('Squeeze', 'Unsqueeze')


def portable(proto: Any) -> Any:
    """Rewrites an ONNX model for runtimes other than onnxruntime, where it gives the same numbers.

    The same to the bit in half precision, which both round alike, and but for a last digit in fp32.

    - The gate of RTMPose's channel attention, ``x * HardSigmoid(conv(mean(x)))``: OpenCV's dnn (4.14 and 5.0) takes it
      for HardSwish and loses ``x``. It becomes Mul, Add and Clip, in fp32 also where the file is in half precision.
    - Squeeze and Unsqueeze: OpenCV 4.14 keeps the batch of 1 that it reads the file with. They become Reshape, whose
      batch is open.

    Args:
        proto: ONNX model with opset 13 or newer, as ``unipose export`` writes it; it is changed.

    Returns:
        The same model.
    """
    import onnx

    inferred = onnx.shape_inference.infer_shapes(proto).graph
    types = {value.name: value.type.tensor_type for value in (*inferred.value_info, *inferred.input, *inferred.output)}
    nodes = []
    for node in proto.graph.node:
        shape = _shape(types.get(node.output[0])) if node.op_type in _RESHAPED else None
        if node.op_type == 'HardSigmoid' and node.input[0] in types:
            new, constants = _gate(node, types[node.input[0]].elem_type)
        elif shape is not None and sum(side < 0 for side in shape) <= 1:
            new, constants = _reshape(node, shape)
        else:
            new, constants = [node], []
        nodes += new
        proto.graph.initializer.extend(constants)
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    _drop_unused(proto.graph)
    return proto


def _gate(node: Any, elem_type: int) -> tuple[list[Any], list[Any]]:
    from onnx import TensorProto, helper, numpy_helper

    given = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    (source,), (out,) = node.input, node.output
    half = elem_type == TensorProto.FLOAT16
    kept = np.float16 if half else np.float32  # onnxruntime clips in the file's precision, and multiplies in fp32
    values = dict(
        alpha=np.float32(given.get('alpha', 0.2)), beta=np.float32(given.get('beta', 0.5)), zero=kept(0), one=kept(1)
    )
    constants = [numpy_helper.from_array(np.array(value), f'{out}_{name}') for name, value in values.items()]
    taken, moved = (f'{out}_taken', f'{out}_rounded') if half else (source, f'{out}_moved')
    nodes = [
        helper.make_node('Mul', [taken, f'{out}_alpha'], [f'{out}_scaled'], f'{node.name}_mul'),
        helper.make_node('Add', [f'{out}_scaled', f'{out}_beta'], [f'{out}_moved'], f'{node.name}_add'),
        helper.make_node('Clip', [moved, f'{out}_zero', f'{out}_one'], [out], f'{node.name}_clip'),
    ]
    if half:
        nodes.insert(0, helper.make_node('Cast', [source], [taken], f'{node.name}_cast', to=TensorProto.FLOAT))
        back = helper.make_node('Cast', [f'{out}_moved'], [moved], f'{node.name}_back', to=TensorProto.FLOAT16)
        nodes.insert(-1, back)
    return nodes, constants


def _reshape(node: Any, shape: list[int]) -> tuple[list[Any], list[Any]]:
    from onnx import helper, numpy_helper

    name = f'{node.output[0]}_shape'
    return (
        [helper.make_node('Reshape', [node.input[0], name], list(node.output), node.name)],
        [numpy_helper.from_array(np.array(shape, np.int64), name)],
    )


def _shape(tensor: Any) -> list[int] | None:
    """Sides of a tensor, -1 for one that is open; None where nothing is known."""
    if tensor is None or not tensor.HasField('shape'):
        return None
    return [side.dim_value if side.HasField('dim_value') else -1 for side in tensor.shape.dim]


def _drop_unused(graph: Any) -> None:
    used = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
