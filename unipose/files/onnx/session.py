"""Opens ONNX files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_INSTEAD = dict(
    CUDAExecutionProvider='On NVIDIA GPUs: pip uninstall onnxruntime, then pip install onnxruntime-gpu',
    CoreMLExecutionProvider='It comes with onnxruntime for macOS',
)
_SIGNATURE = re.compile(r'^\S+\.(?:cc|h|cpp):\d+ .*?\)(?: const)? (?=\S)')  # of onnxruntime's source


def open_session(
    file: str | Path, threads: int = 0, what: str = 'model', providers: Sequence[Any] = ('CPUExecutionProvider',)
) -> Any:
    """An onnxruntime session.

    Args:
        file: The ONNX file.
        threads: Threads of the network on the CPU; 0 is as many as there are cores.
        what: What the file is, for messages.
        providers: What runs it, by onnxruntime's names, or names with options.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no network, nothing here runs it, or ``threads`` is below 0.
        ImportError: If onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError('ONNX files are run by onnxruntime: pip install onnxruntime') from error
    if not Path(file).is_file():
        raise FileNotFoundError(f'no {what} {file}' + ', which is a folder' * Path(file).is_dir())
    if threads < 0:
        raise ValueError(f'threads must be at least 0, which is as many as there are cores. Got: {threads}')
    names = [provider if isinstance(provider, str) else provider[0] for provider in providers]
    missing = sorted(set(names) - set(onnxruntime.get_available_providers()))
    if missing:
        raise ValueError(
            f'{what} {file} should run by {missing[0]}, which the installed onnxruntime does not have; it has '
            f'{onnxruntime.get_available_providers()}. {_INSTEAD.get(missing[0], "")}'.rstrip()
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # threads that wait for the next run keep a core from the other network, detector or pose model, of the frame
    options.add_session_config_entry('session.force_spinning_stop', '1')
    try:
        # by itself it would print that a provider does not start, and go on with another
        return onnxruntime.InferenceSession(str(file), options, providers=list(providers), enable_fallback=0)
    except Exception as error:  # onnxruntime's exceptions have no base class of their own
        raise ValueError(f'{file} is no ONNX file that onnxruntime can load: {_reason(str(error))}') from error


def _reason(message: str) -> str:
    """What is wrong, without onnxruntime's source files, functions and the path that the caller names."""
    opsets = re.search(r'Opset (\d+) .* till opset (\d+)', message, re.DOTALL)
    if opsets:
        return f'it is of opset {opsets[1]}, and this onnxruntime takes up to {opsets[2]}; a newer one may take it'
    version = re.search(r'IR version: (\d+), max supported IR version: (\d+)', message)
    if version:
        return (
            f'it is of IR version {version[1]}, and this onnxruntime takes up to {version[2]}; a newer one may take it'
        )
    line = _SIGNATURE.sub('', message.strip().split('\n')[0].rpartition('failed:')[2].strip())
    return f'{line[:400]} It may be cut short, or something else'
