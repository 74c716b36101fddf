"""Which library computes a pose network, on what and how exactly, and how that is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from unipose.files.onnx.device_session import open_on_device
from unipose.files.onnx.openvino_network import OpenVinoNetwork
from unipose.files.onnx.session import open_session

BackendName = Literal['auto', 'onnxruntime', 'openvino']
Precision = Literal['auto', 'fp32', 'bf16']
BACKENDS, PRECISIONS = get_args(BackendName), get_args(Precision)

_CPU = 'CPUExecutionProvider'
# measured with RTMPose-t and s, on one core: batches of 1, 2 or 8 take up to 16% longer an image, in bf16 of 1, 2 or 4
_IMAGES, _IMAGES_BF16 = 4, 8


@dataclass(frozen=True)
class Backend:
    """What computes a network.

    Args:
        said: Library, version, precision and device in words, and why it is not what was hoped for.
        session: Computes with all threads.
        open_beside: Opens a session of which as many calls as are given compute at the same time, each in one thread;
            None where the CPU does not compute.
        images: How many of a batch a thread computes best at a time.
    """

    said: str
    session: Any
    open_beside: Callable[[int], Any] | None
    images: int


def open_backend(
    file: str | Path, threads: int, backend: BackendName, precision: Precision, device: str
) -> tuple[Any, Backend]:
    """Opens a pose model with what is asked for, or with the fastest that there is.

    Args:
        file: The ONNX file.
        threads: 0 is as many as there are cores.
        backend: ``'onnxruntime'``, ``'openvino'``, or ``'auto'``: OpenVINO where it is faster, so if it is installed,
            the CPU has units for bf16, and the file is not in int8.
        precision: What OpenVINO computes in: ``'fp32'``, ``'bf16'``, or ``'auto'``, which is bf16 where the CPU has
            units for it. onnxruntime computes in what the file has.
        device: See :func:`open_on_device`; OpenVINO computes on the CPU.

    Returns:
        onnxruntime's session, which says what the file is, and what computes it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no network, or what is asked for is unknown or not there.
        ImportError: If onnxruntime is not installed, or OpenVINO is asked for and is not.
    """
    for name, value, known in (('backend', backend, BACKENDS), ('precision', precision, PRECISIONS)):
        if value not in known:
            raise ValueError(f'{name} must be one of {known}. Got: {value!r}')
    if backend == 'onnxruntime' and precision == 'bf16':
        raise ValueError('onnxruntime computes in what the file has; bf16 is of the backend openvino')
    wanted = backend == 'openvino' or precision == 'bf16'
    if wanted and device not in ('auto', 'cpu'):
        raise ValueError(f'OpenVINO computes on the CPU; device {device!r} is of onnxruntime')
    session, said = open_on_device(file, 'cpu' if wanted else device, threads, 'pose model', precision)
    if session.get_providers()[0] != _CPU:
        return session, Backend(said, session, None, _IMAGES)
    why_not = ''
    if wanted:
        return session, _by_openvino(OpenVinoNetwork(file, precision), threads)
    if backend == precision == 'auto':
        try:
            network = OpenVinoNetwork(file)
            why_not = _why_slower(network)
            if not why_not:
                return session, _by_openvino(network, threads)
        except ImportError:
            pass
        except ValueError as error:
            why_not = str(error)
    return session, Backend(_with_reason(said, why_not), session, lambda _: open_session(file, 1), _IMAGES)


def _by_openvino(network: OpenVinoNetwork, threads: int) -> Backend:
    session = network.session(threads)
    said = _with_reason(f'OpenVINO {network.version}, {session.precision}', _why_slower(network))
    images = _IMAGES if session.precision == 'fp32' else _IMAGES_BF16
    return Backend(said, session, lambda calls: network.session(calls, calls), images)


def _with_reason(said: str, reason: str) -> str:
    return f'{said} ({reason})' if reason else said


def _why_slower(network: OpenVinoNetwork) -> str:
    """Why onnxruntime is as fast as OpenVINO or faster; nothing where it is not."""
    if network.is_int8:
        return 'the file is in int8, which OpenVINO computes more slowly than onnxruntime'
    return '' if network.has_bf16 else 'the CPU has no units for bf16, without which OpenVINO is not faster'
