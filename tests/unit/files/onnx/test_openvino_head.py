"""A network in bf16 has a head in fp32."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from unipose.files.onnx.openvino_network import OpenVinoNetwork
from unipose.files.onnx.session import open_session

pytest.importorskip('openvino')


def write_network(path: Path) -> Path:
    """A convolution of 1x1, and rows that are weighed sums of what it gives."""
    generator = np.random.default_rng(0)
    constants = dict(kernel=generator.normal(size=(32, 3, 1, 1)), weights=generator.normal(size=(64, 40)))
    node = helper.make_node
    nodes = [
        node('Conv', ['input', 'kernel'], ['felt']),
        node('Flatten', ['felt'], ['flat'], axis=2),
        node('MatMul', ['flat', 'weights'], ['rows']),
    ]
    ends = [('input', ['N', 3, 8, 8]), ('felt', ['N', 32, 8, 8]), ('rows', ['M', 40])]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ends]
    graph = helper.make_graph(
        nodes,
        'student',
        values[:1],
        values[1:],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=10), path)
    return path


def test_what_follows_the_last_convolution_is_exact(tmp_path: Path) -> None:
    file = write_network(tmp_path / 'student.onnx')
    network = OpenVinoNetwork(file)
    if not network.has_bf16:
        pytest.skip('this CPU has no units for bf16')
    shown = dict(input=np.random.default_rng(1).normal(size=(2, 3, 8, 8)).astype(np.float32))
    session = network.session()
    assert session.precision == 'bf16'
    felt, rows = session.run(['felt', 'rows'], shown)
    expected, _ = open_session(file).run(['felt', 'rows'], shown)
    assert 1e-3 < np.abs(felt - expected).max() < 0.1  # 8 bits of precision
    weights = numpy_helper.to_array(onnx.load(file).graph.initializer[1])
    np.testing.assert_allclose(rows, felt.reshape(64, 64) @ weights, atol=1e-4)
