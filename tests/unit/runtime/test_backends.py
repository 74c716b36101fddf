"""What computes a student: as asked for, or OpenVINO where it is faster, and a line that says which and why."""

import sys
from pathlib import Path
from types import SimpleNamespace

import onnxruntime
import pytest

from tests.onnx_files import write_onnx_file
from unipose.runtime import backends
from unipose.runtime.backends import Backend, open_backend

ONNXRUNTIME = f'onnxruntime {onnxruntime.__version__}'
OUTPUTS = dict(simcc_x=(5, 192), simcc_y=(5, 256))


class Network:
    """A file in OpenVINO, on a CPU with units for bf16 unless said otherwise."""

    version, has_bf16, is_int8 = '2099.1', True, False

    def __init__(self, file: Path, precision: str = 'auto') -> None:
        self.precision = precision if precision != 'auto' else 'bf16' if self.has_bf16 else 'fp32'

    def session(self, threads: int = 0, streams: int = 1) -> SimpleNamespace:
        return SimpleNamespace(precision=self.precision, threads=threads, streams=streams)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_onnx_file(tmp_path / 'student.onnx', OUTPUTS)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch):
    def installed(**facts: object) -> None:
        monkeypatch.setattr(backends, 'OpenVinoNetwork', type('Network', (Network,), facts))

    return installed


def opened(file: Path, backend: str = 'auto', precision: str = 'auto', device: str = 'auto') -> Backend:
    return open_backend(file, 2, backend, precision, device)[1]


@pytest.mark.parametrize(
    ('facts', 'asked', 'said'),
    [
        (dict(), dict(), 'OpenVINO 2099.1, bf16'),
        (dict(), dict(backend='openvino'), 'OpenVINO 2099.1, bf16'),
        (dict(), dict(precision='bf16'), 'OpenVINO 2099.1, bf16'),
        (dict(), dict(backend='openvino', precision='fp32', device='cpu'), 'OpenVINO 2099.1, fp32'),
        (dict(), dict(backend='onnxruntime'), ONNXRUNTIME),
        (dict(), dict(precision='fp32'), ONNXRUNTIME),
        (dict(is_int8=True), dict(), f'{ONNXRUNTIME} (the file is in int8, which OpenVINO computes more slowly than'),
        (dict(is_int8=True), dict(backend='openvino'), 'OpenVINO 2099.1, bf16 (the file is in int8, which'),
        (dict(has_bf16=False), dict(), f'{ONNXRUNTIME} (the CPU has no units for bf16, without which OpenVINO is not'),
        (dict(has_bf16=False), dict(backend='openvino'), 'OpenVINO 2099.1, fp32 (the CPU has no units for bf16'),
    ],
    ids=str,
)
def test_what_computes(file: Path, installed, facts: dict, asked: dict, said: str) -> None:
    installed(**facts)
    found = opened(file, **asked)
    assert found.said.startswith(said) and ('(' in found.said) is ('(' in said)


def test_a_session_for_each_thread(file: Path, installed) -> None:
    installed()
    found = opened(file)
    assert (found.session.threads, found.session.streams, found.images) == (2, 1, 8)
    beside = found.open_beside(3)
    assert (beside.threads, beside.streams) == (3, 3)
    exact = opened(file, precision='fp32')
    assert exact.images == 4 and exact.session is not exact.open_beside(2)


def test_what_openvino_cannot_read_is_onnxruntimes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: object) -> None:
        raise ValueError('student.onnx is no ONNX file that OpenVINO can load: why')

    monkeypatch.setattr(backends, 'OpenVinoNetwork', unreadable)
    assert opened(file).said == f'{ONNXRUNTIME} (student.onnx is no ONNX file that OpenVINO can load: why)'
    with pytest.raises(ValueError, match='that OpenVINO can load: why'):
        opened(file, 'openvino')


def test_without_openvino(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'openvino', None)
    assert opened(file).said == ONNXRUNTIME
    for asked in (dict(backend='openvino'), dict(precision='bf16')):
        with pytest.raises(ImportError, match='OpenVINO is not installed'):
            opened(file, **asked)


def test_a_gpu_has_no_threads_of_its_own(file: Path, installed, monkeypatch: pytest.MonkeyPatch) -> None:
    installed()
    session = SimpleNamespace(get_providers=lambda: ['CUDAExecutionProvider', 'CPUExecutionProvider'])
    asked = []
    monkeypatch.setattr(
        backends, 'open_on_device', lambda *given: asked.append(given) or (session, 'onnxruntime 9, CUDA')
    )
    for given in (dict(), dict(precision='fp32', device='cuda:1')):
        found = opened(file, **given)
        assert (found.said, found.session, found.open_beside) == ('onnxruntime 9, CUDA', session, None)
    assert asked == [
        (file, 'auto', 2, 'pose model', 'auto'),
        (file, 'cuda:1', 2, 'pose model', 'fp32'),
    ]


@pytest.mark.parametrize(
    ('asked', 'message'),
    [
        (dict(backend='tensorrt'), r"backend must be one of \('auto', 'onnxruntime', 'openvino'\). Got: 'tensorrt'"),
        (dict(precision='fp16'), r"precision must be one of \('auto', 'fp32', 'bf16'\). Got: 'fp16'"),
        (dict(backend='onnxruntime', precision='bf16'), 'onnxruntime computes in what the file has; bf16 is of'),
        (dict(backend='openvino', device='cuda'), "OpenVINO computes on the CPU; device 'cuda' is of onnxruntime"),
        (dict(precision='bf16', device='coreml'), "device 'coreml' is of onnxruntime"),
        (dict(device='tpu'), "device must be 'auto', 'cpu'"),
    ],
)
def test_mistakes(file: Path, asked: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        opened(file, **asked)
