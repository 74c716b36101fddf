"""What OpenCV's dnn misreads is written otherwise: it gives the same numbers in onnxruntime, and then in OpenCV too."""

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from unipose.commands.export.portable import portable
from unipose.files.onnx.session import open_session

CHANNELS = 8
KINDS = {np.float32: TensorProto.FLOAT, np.float16: TensorProto.FLOAT16}


def gate(kind: type = np.float32, batch: int | str = 'batch', **thresholds: float) -> onnx.ModelProto:
    """RTMPose's channel attention, then an axis that comes and goes, as its head has it; fp32 outside."""
    generator = np.random.default_rng(0)
    weights = dict(
        weight=generator.normal(0, 2, (CHANNELS, CHANNELS, 1, 1)).astype(kind),
        bias=generator.normal(0, 2, CHANNELS).astype(kind),
        axis=np.array([1]),
        gamma=generator.normal(1, 0.2, (1, 2, CHANNELS, 1, 1)).astype(kind),
        first=np.array([0]),
        second=np.array([1]),
        never_used=np.ones(3, kind),
    )
    inside, half = KINDS[kind], kind is np.float16
    nodes = [
        helper.make_node('Cast', ['input'], ['x'], to=inside),
        helper.make_node('GlobalAveragePool', ['x'], ['mean']),
        helper.make_node('Conv', ['mean', 'weight', 'bias'], ['projected']),
        helper.make_node('HardSigmoid', ['projected'], ['share'], **thresholds),
        helper.make_node('Mul', ['x', 'share'], ['gated']),
        helper.make_node('Unsqueeze', ['gated', 'axis'], ['doubled']),
        helper.make_node('Mul', ['doubled', 'gamma'], ['both']),
        helper.make_node('Slice', ['both', 'first', 'second', 'axis'], ['taken']),
        helper.make_node('Squeeze', ['taken', 'axis'], ['one']),
        helper.make_node('Cast', ['one'], ['output'], to=TensorProto.FLOAT),
    ]
    shape = [batch, CHANNELS, 6, 5]
    graph = helper.make_graph(
        nodes if half else [node for node in nodes if node.op_type != 'Cast'],
        'gate',
        [helper.make_tensor_value_info('input' if half else 'x', TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info('output' if half else 'one', TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=10)


def run(proto: onnx.ModelProto, file: Path, images: np.ndarray) -> np.ndarray:
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, file)
    session = open_session(file)
    (found,) = session.run(None, {session.get_inputs()[0].name: images})
    return found


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('thresholds', [{}, dict(alpha=1 / 6, beta=0.5)], ids=['default', 'torch'])
def test_the_same_numbers_and_in_opencv_too(tmp_path: Path, kind: type, thresholds: dict[str, float]) -> None:
    images = np.random.default_rng(1).normal(0, 1, (4, CHANNELS, 6, 5)).astype(np.float32)
    plain = gate(kind, **thresholds)
    expected = run(plain, tmp_path / 'plain.onnx', images)
    shares = expected.reshape(4, CHANNELS, -1).std(-1)
    assert (shares == 0).any() and (shares > 0).any()  # some gates are shut
    rewritten = portable(plain)
    assert rewritten is plain
    found = run(rewritten, tmp_path / 'rewritten.onnx', images)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 if kind is np.float32 else 0)
    operators = {node.op_type for node in rewritten.graph.node}
    assert {'Mul', 'Add', 'Clip', 'Reshape'} <= operators
    assert not operators & {'HardSigmoid', 'Squeeze', 'Unsqueeze'}
    names = [tensor.name for tensor in rewritten.graph.initializer]
    assert 'never_used' not in names and len(names) == len(set(names))
    for batch in (1, 4):
        net = cv2.dnn.readNetFromONNX(str(tmp_path / 'rewritten.onnx'))
        net.setInput(images[:batch])
        np.testing.assert_allclose(net.forward(), expected[:batch], atol=1e-5 if kind is np.float32 else 2e-2)


def test_a_shape_with_more_that_is_open_is_left(tmp_path: Path) -> None:
    axis = numpy_helper.from_array(np.array([0]), 'axis')
    sides = helper.make_tensor_value_info('x', TensorProto.FLOAT, [1, 'height', 'width'])
    out = helper.make_tensor_value_info('y', TensorProto.FLOAT, ['height', 'width'])
    graph = helper.make_graph([helper.make_node('Squeeze', ['x', 'axis'], ['y'])], 'open', [sides], [out], [axis])
    proto = portable(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=10))
    assert [node.op_type for node in proto.graph.node] == ['Squeeze']
    images = np.ones((1, 4, 5), np.float32)
    np.testing.assert_array_equal(run(proto, tmp_path / 'open.onnx', images), images[0])


def test_a_fixed_batch_stays_fixed(tmp_path: Path) -> None:
    images = np.ones((1, CHANNELS, 6, 5), np.float32)
    expected = run(gate(batch=1), tmp_path / 'plain.onnx', images)
    found = run(portable(gate(batch=1)), tmp_path / 'rewritten.onnx', images)
    np.testing.assert_allclose(found, expected, atol=1e-6)
