"""OpenVINO gives onnxruntime's numbers, and says which precision they are in."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from tests.onnx_files import write_onnx_file
from tests.runtime_alone import REPOSITORY
from unipose.files.onnx.openvino_network import OpenVinoNetwork
from unipose.files.onnx.session import open_session

pytest.importorskip('openvino')

OUTPUTS = dict(simcc_x=(5, 192), simcc_y=(5, 256))


def pixels(count: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 3, 128, 96)).astype(np.float32)


def quantised(file: Path) -> Path:
    """The same network with its input rounded to 8 bits."""
    model = onnx.load(file)
    graph = model.graph
    graph.initializer.append(numpy_helper.from_array(np.float32(0.05), 'scale'))
    graph.initializer.append(numpy_helper.from_array(np.uint8(128), 'zero'))
    graph.node[0].input[0] = 'rounded'
    graph.node.insert(0, helper.make_node('DequantizeLinear', ['bytes', 'scale', 'zero'], ['rounded']))
    graph.node.insert(0, helper.make_node('QuantizeLinear', ['input', 'scale', 'zero'], ['bytes']))
    onnx.save(model, file.with_name('int8.onnx'))
    return file.with_name('int8.onnx')


@pytest.mark.parametrize('dtype', [np.float32, np.float16])
def test_its_numbers_are_onnxruntimes(tmp_path: Path, dtype: type) -> None:
    file = write_onnx_file(tmp_path / 'student.onnx', OUTPUTS, dtype=dtype)
    network, names = OpenVinoNetwork(file, 'fp32'), ['simcc_y', 'simcc_x']
    assert not network.is_int8
    expected = open_session(file).run(names, dict(input=pixels().astype(dtype)))
    session = network.session(threads=2, streams=2)
    assert session.precision == 'fp32'
    found = session.run(names, dict(input=pixels().astype(dtype)))
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, atol=1e-6 if dtype is np.float32 else 2e-3)


def test_many_threads_run_it_at_once(tmp_path: Path) -> None:
    file = write_onnx_file(tmp_path / 'student.onnx', OUTPUTS)
    session = OpenVinoNetwork(file, 'fp32').session(threads=2, streams=2)
    batches = [pixels(count) + count for count in (1, 2, 3, 4) * 5]
    alone = [session.run(['simcc_x'], dict(input=batch)) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda batch: session.run(['simcc_x'], dict(input=batch)), batches))
    for (ours,), (expected,) in zip(together, alone, strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_int8_shows(tmp_path: Path) -> None:
    file = write_onnx_file(tmp_path / 'student.onnx', OUTPUTS)
    assert OpenVinoNetwork(quantised(file)).is_int8


def test_bf16_is_bf16(tmp_path: Path) -> None:
    file = write_onnx_file(tmp_path / 'student.onnx', OUTPUTS)
    network = OpenVinoNetwork(file)
    if not network.has_bf16:
        pytest.skip('this CPU has no units for bf16')
    assert network.session().precision == OpenVinoNetwork(file, 'bf16').session().precision == 'bf16'


def test_a_cpu_without_units_for_bf16(tmp_path: Path) -> None:
    """OpenVINO's kernels are told that the CPU is an older one, where it would imitate bf16."""
    file = write_onnx_file(tmp_path / 'student.onnx', OUTPUTS)
    program = (
        'import sys; from unipose.files.onnx.openvino_network import OpenVinoNetwork as Network\n'
        'network = Network(sys.argv[1]); print(network.has_bf16, network.session().precision)\n'
        "try: Network(sys.argv[1], 'bf16')\nexcept ValueError as error: print(error)"
    )
    environment = dict(os.environ, OV_CPU_MAX_ISA='AVX512_CORE', PYTHONPATH=str(REPOSITORY))
    done = subprocess.run(
        [sys.executable, '-c', program, str(file)], capture_output=True, text=True, env=environment, check=True
    )
    what, refused = done.stdout.splitlines()
    assert what == 'False fp32' and 'this CPU has no units for bf16' in refused


def test_what_it_cannot_read(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    (tmp_path / 'text.onnx').write_text('not a network')
    with pytest.raises(ValueError, match=r"text.onnx is no ONNX file that OpenVINO can load: Model can't be parsed$"):
        OpenVinoNetwork(tmp_path / 'text.onnx')
    model = onnx.load(write_onnx_file(tmp_path / 'student.onnx', OUTPUTS))
    model.graph.node[0].op_type = 'PoolOfTomorrow'
    onnx.save(model, tmp_path / 'new.onnx')
    with pytest.raises(ValueError, match='new.onnx is no ONNX file .* PoolOfTomorrow') as caught:
        OpenVinoNetwork(tmp_path / 'new.onnx')
    assert '.cpp' not in str(caught.value) and '\n' not in str(caught.value)
    assert capfd.readouterr() == ('', '')


def test_without_openvino_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'openvino', None)
    with pytest.raises(ImportError, match='pip install openvino'):
        OpenVinoNetwork(tmp_path / 'student.onnx')
