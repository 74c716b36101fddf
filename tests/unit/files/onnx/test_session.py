"""Why a file cannot be loaded is told, and not cut off before its reason."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.detector_files import write_detector
from tests.onnx_files import write_onnx_file
from unipose.files.onnx.first_operators import first_operators
from unipose.files.onnx.session import open_session

OUTPUTS = dict(simcc_x=(17, 192), simcc_y=(17, 256))


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(ir=99), r'it is of IR version 99, and this onnxruntime takes up to \d+; a newer one may take it$'),
        (dict(opset=99), r'it is of opset 99, and this onnxruntime takes up to \d+; a newer one may take it$'),
        (dict(operator='MatMulOfTomorrow'), 'MatMulOfTomorrow'),
        (dict(unnamed='somewhere'), 'somewhere'),
    ],
    ids=str,
)
def test_the_reason_is_told(tmp_path: Path, changes: dict, message: str) -> None:
    file = write_onnx_file(tmp_path / 'model.onnx', OUTPUTS)
    model = onnx.load(file)
    if 'ir' in changes:
        model.ir_version = changes['ir']
    model.opset_import[0].version = changes.get('opset', 18)
    for node in model.graph.node:
        if node.op_type == 'MatMul':
            node.op_type = changes.get('operator', 'MatMul')
            node.input[0] = changes.get('unnamed', node.input[0])
    onnx.save(model, file)
    with pytest.raises(ValueError, match=message) as caught:
        open_session(file)
    assert 'onnxruntime_src' not in str(caught.value) and '::' not in str(caught.value)


def test_damaged(tmp_path: Path) -> None:
    (tmp_path / 'model.onnx').write_bytes(b'\x08\x0a' * 30)
    with pytest.raises(ValueError, match='It may be cut short, or something else'):
        open_session(tmp_path / 'model.onnx')


def test_threads_are_counted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='threads must be at least 0, which is as many as there are cores. Got: -1'):
        open_session(write_onnx_file(tmp_path / 'model.onnx', OUTPUTS), threads=-1)


def test_what_a_file_does_with_its_input_first(tmp_path: Path) -> None:
    assert first_operators(write_onnx_file(tmp_path / 'a.onnx', OUTPUTS), 'input') == {'AveragePool'}
    assert first_operators(tmp_path / 'a.onnx', 'flat') == {'MatMul'}
    assert first_operators(tmp_path / 'a.onnx', 'none') == set()
    assert first_operators(write_detector(tmp_path / 'yolox.onnx'), 'input') == {'Slice'}
    assert first_operators(write_detector(tmp_path / 'rtmdet.onnx', focus=False), 'input') == {'Conv'}
    half = onnx.load(write_detector(tmp_path / 'half.onnx', dtype=np.float16))
    cast = onnx.helper.make_node('Cast', ['fed'], ['input'], to=onnx.TensorProto.FLOAT16)
    half.graph.node.insert(0, cast)
    half.graph.input[0].name = 'fed'
    onnx.save(half, tmp_path / 'cast.onnx')
    assert first_operators(tmp_path / 'cast.onnx', 'fed') == {'Slice'}
    content = (tmp_path / 'a.onnx').read_bytes()
    for end in range(1, len(content), 997):  # wherever it is cut short
        (tmp_path / 'cut.onnx').write_bytes(content[:end])
        assert first_operators(tmp_path / 'cut.onnx', 'input') <= {'AveragePool'}
    (tmp_path / 'other.onnx').write_bytes(b'ORTM' + b'\xff' * 40)
    assert first_operators(tmp_path / 'other.onnx', 'input') == set()
