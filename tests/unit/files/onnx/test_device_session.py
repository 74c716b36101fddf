"""Where a file is computed: as asked for, or on what there is, with a line that says so. GPUs are stand-ins."""

from pathlib import Path

import onnxruntime
import pytest

from tests.onnx_files import write_onnx_file
from unipose.files.onnx.device_session import open_on_device

VERSION = f'onnxruntime {onnxruntime.__version__}'
CPU, CUDA, COREML = 'CPUExecutionProvider', 'CUDAExecutionProvider', 'CoreMLExecutionProvider'


class Session:
    """One that is asked for a provider, and starts it, breaks off, or goes on without it."""

    does = 'start'

    def __init__(self, file: str, options: object, providers: list, enable_fallback: int) -> None:
        assert not enable_fallback
        self.asked = providers
        names = [provider if isinstance(provider, str) else provider[0] for provider in providers]
        if self.does == 'break off' and names != [CPU]:
            raise RuntimeError('CUDA failure 100: no CUDA-capable device is detected')
        self.has = [CPU] if self.does == 'go on without' else names

    def get_providers(self) -> list[str]:
        return self.has


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file where onnxruntime is a build for GPUs."""
    monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: [CUDA, COREML, CPU])
    monkeypatch.setattr(onnxruntime, 'InferenceSession', Session)
    monkeypatch.setattr(onnxruntime, 'preload_dlls', lambda: print('Failed to load libcudnn'), raising=False)
    (tmp_path / 'student.onnx').touch()
    return tmp_path / 'student.onnx'


@pytest.mark.parametrize(
    ('device', 'provider', 'said'),
    [
        ('auto', (CUDA, dict(device_id=0)), ', CUDA'),
        ('cuda', (CUDA, dict(device_id=0)), ', CUDA'),
        ('cuda:2', (CUDA, dict(device_id=2)), ', CUDA'),
        ('coreml', (COREML, {}), ', CoreML'),
    ],
)
def test_what_is_there_computes(
    file: Path, device: str, provider: tuple, said: str, capsys: pytest.CaptureFixture
) -> None:
    session, computes = open_on_device(file, device)
    assert session.asked == [provider, CPU] and computes == VERSION + said
    assert capsys.readouterr().out == ''


def test_the_cpu_is_asked_for_nothing_else(file: Path) -> None:
    session, computes = open_on_device(file, 'cpu')
    assert session.asked == [CPU] and computes == VERSION


def test_exact_numbers_of_cuda(file: Path) -> None:
    session, _ = open_on_device(file, 'cuda', precision='fp32')
    assert session.asked[0] == (CUDA, dict(device_id=0, use_tf32=0))


@pytest.mark.parametrize(
    ('does', 'reason'),
    [
        ('break off', 'CUDA does not start: CUDA failure 100: no CUDA-capable device is detected'),
        ('go on without', 'CUDA does not start, for the reason that onnxruntime printed'),
    ],
)
def test_where_cuda_does_not_start(file: Path, does: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, 'does', does)
    session, computes = open_on_device(file, 'auto')
    assert session.asked == [CPU] and computes == f'{VERSION} ({reason})'
    with pytest.raises(ValueError, match=f'^{reason}$'):
        open_on_device(file, 'cuda')


def test_a_bad_file_is_no_fault_of_the_device(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError('Protobuf parsing failed.')

    monkeypatch.setattr(onnxruntime, 'InferenceSession', broken)
    for device in ('auto', 'cuda'):
        with pytest.raises(ValueError, match='student.onnx is no ONNX file that onnxruntime can load: Protobuf'):
            open_on_device(file, device)
    with pytest.raises(FileNotFoundError, match='no pose model .*none.onnx'):
        open_on_device(file.with_name('none.onnx'), 'auto', what='pose model')


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    file = write_onnx_file(tmp_path / 'student.onnx', dict(simcc_x=(2, 8)))
    has = onnxruntime.get_available_providers()
    for device, provider, instead in (('cuda', CUDA, 'onnxruntime-gpu$'), ('coreml', COREML, 'for macOS$')):
        if provider not in has:
            with pytest.raises(ValueError, match=f'does not start: .* should run by {provider}, .*{instead}'):
                open_on_device(file, device)
    if CUDA not in has:
        assert open_on_device(file, 'auto')[1] == VERSION
    for device in ('gpu', 'cpu:1', 'cuda:', 'cuda:x', 'autocpu'):
        with pytest.raises(ValueError, match=f"device must be 'auto', 'cpu', .* Got: '{device}'"):
            open_on_device(file, device)
