"""Opens ONNX files on the device that is asked for, or on what there is, and says which that was."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

from .session import open_session

_CPU, _CUDA, _COREML = 'CPUExecutionProvider', 'CUDAExecutionProvider', 'CoreMLExecutionProvider'
_DEVICE = re.compile(r'auto|cpu|coreml|cuda(:\d+)?')


def open_on_device(
    file: str | Path, device: str = 'auto', threads: int = 0, what: str = 'model', precision: str = 'auto'
) -> tuple[Any, str]:
    """An onnxruntime session, and what computes it in words, such as ``onnxruntime 1.32.0, CUDA``.

    Args:
        file: The ONNX file.
        device: ``'cpu'``, ``'cuda'``, ``'cuda:1'``, ``'coreml'`` (with the CPU for what CoreML has not), or ``'auto'``:
            CUDA where onnxruntime has it and it starts, otherwise the CPU, with the reason.
        threads: On the CPU; 0 is as many as there are cores.
        what: What the file is, for messages.
        precision: ``'fp32'`` keeps CUDA from computing in TF32.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no network, or the device is unknown or does not start.
        ImportError: If onnxruntime is not installed.
    """
    if not _DEVICE.fullmatch(device):
        raise ValueError(f"device must be 'auto', 'cpu', 'cuda', 'cuda:1', ... or 'coreml'. Got: {device!r}")
    kind, _, number = device.partition(':')
    why_not = ''
    if kind in ('cuda', 'auto') and (_has_cuda() or kind == 'cuda'):
        options = dict(device_id=int(number or 0)) | (dict(use_tf32=0) if precision == 'fp32' else {})
        try:
            return _started(file, (_CUDA, options), threads, what), f'{_version()}, CUDA'
        except ValueError as error:
            if kind == 'cuda':
                raise
            why_not = f' ({error})'
    if kind == 'coreml':
        return _started(file, (_COREML, {}), threads, what), f'{_version()}, CoreML'
    return open_session(file, threads, what), _version() + why_not


def _started(file: str | Path, provider: tuple[str, dict], threads: int, what: str) -> Any:
    """A session whose provider does start, which onnxruntime may tell by going on without it."""
    name = provider[0].removesuffix('ExecutionProvider')
    try:
        session = open_session(file, threads, what, [provider, _CPU])
    except ValueError as error:
        open_session(file, threads, what)  # which raises where the file is to blame
        raise ValueError(f'{name} does not start: {str(error.__cause__ or error).strip()}') from error
    if provider[0] not in session.get_providers():
        raise ValueError(f'{name} does not start, for the reason that onnxruntime printed')
    return session


def _has_cuda() -> bool:
    """Whether onnxruntime is a build for it, and if so finds what pip installed of CUDA beside it."""
    try:
        import onnxruntime
    except ImportError:  # which open_session says
        return False
    if _CUDA not in onnxruntime.get_available_providers():
        return False
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does not find, which may lie elsewhere
        getattr(onnxruntime, 'preload_dlls', lambda: None)()  # from 1.21 on
    return True


def _version() -> str:
    import onnxruntime

    return f'onnxruntime {onnxruntime.__version__}'
