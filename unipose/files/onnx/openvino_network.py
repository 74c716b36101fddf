"""Computes ONNX files with OpenVINO."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unipose.compute.openvino_core import openvino_core

from .openvino_head import with_exact_head

_HINTS = dict(fp32='f32', bf16='bf16')
_NAMES = dict(f32='fp32', bf16='bf16', f16='fp16')
_QUANTISED = 'FakeQuantize'  # what OpenVINO makes of ONNX's QuantizeLinear
_FRAMES = ('Exception from ', 'Check ', 'FrontEnd API failed', 'Summary:', "Model wasn't fully converted")


class OpenVinoNetwork:
    """An ONNX file that OpenVINO has read, for the CPU.

    OpenVINO computes in bf16 where the CPU has units for it and nothing or f16 is asked for; asked for bf16 where there
    are none, it computes in fp32, or imitates bf16 in several times the time (``findings/openvino_precision.sh``). So
    bf16 is refused there, and sessions say what OpenVINO chose. The head is computed in fp32 whatever the precision.

    Args:
        file: The ONNX file.
        precision: ``'fp32'``, ``'bf16'``, or ``'auto'``, which is bf16 where the CPU has units for it.

    Attributes:
        version: OpenVINO's.
        has_bf16: Whether the CPU has units for bf16.
        is_int8: Whether the file is.

    Raises:
        ImportError: If OpenVINO is not installed.
        ValueError: If it cannot read the file, or there are no units for bf16.
    """

    def __init__(self, file: str | Path, precision: str = 'auto') -> None:
        try:
            import openvino
            from openvino.frontend import FrontEndManager
        except ImportError as error:
            raise ImportError('OpenVINO is not installed: pip install openvino') from error
        self._core, self._file, self._hint = openvino_core(), file, {}
        self.version = openvino.__version__.partition('-')[0]
        self.has_bf16 = 'BF16' in self._core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES')
        if precision == 'bf16' and not self.has_bf16:
            raise ValueError('this CPU has no units for bf16, which takes longer than fp32 on it; ask for fp32 or auto')
        if precision in _HINTS:
            self._hint = {'INFERENCE_PRECISION_HINT': _HINTS[precision]}
        try:
            reader = FrontEndManager().load_by_framework('onnx')  # Core.read_model tries all formats, and prints
            self._model = reader.convert(reader.load(str(file)))
            if precision != 'fp32' and self.has_bf16:
                self._model = with_exact_head(self._core, self._model)
        except Exception as error:  # OpenVINO's exceptions have no base class of their own
            raise _unreadable(file, error) from error
        self.is_int8 = any(operator.get_type_name() == _QUANTISED for operator in self._model.get_ops())

    def session(self, threads: int = 0, streams: int = 1) -> OpenVinoSession:
        """Compiles it.

        Args:
            threads: Of all streams together; 0 is as many as there are cores.
            streams: How many calls are computed at the same time, each by its share of the threads.

        Raises:
            ValueError: If OpenVINO cannot compute the network.
        """
        wanted = {'NUM_STREAMS': streams, 'INFERENCE_NUM_THREADS': threads, **self._hint}
        try:
            return OpenVinoSession(self._core.compile_model(self._model, 'CPU', wanted))
        except Exception as error:  # OpenVINO's exceptions have no base class of their own
            raise _unreadable(self._file, error) from error


class OpenVinoSession:
    """A compiled network, run as onnxruntime's sessions are, and from several threads at once.

    Attributes:
        precision: What it computes in: ``'fp32'``, ``'bf16'`` or ``'fp16'``.
    """

    def __init__(self, compiled: Any) -> None:
        self._compiled, self._own = compiled, threading.local()
        chosen = compiled.get_property('INFERENCE_PRECISION_HINT').get_type_name()
        self.precision = _NAMES.get(chosen, chosen)

    def run(self, names: Sequence[str], inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """Computes the outputs of these names."""
        if not hasattr(self._own, 'request'):
            self._own.request = self._compiled.create_infer_request()
        found = self._own.request.infer(dict(inputs), share_inputs=True)
        return [found[name] for name in names]


def _unreadable(file: str | Path, error: Exception) -> ValueError:
    """What is wrong, without OpenVINO's source files."""
    lines = [line.strip() for line in str(error).split('\n')]
    reason = '; '.join(line for line in lines if line and not line.startswith(_FRAMES)) or lines[0]
    return ValueError(f'{file} is no ONNX file that OpenVINO can load: {reason[:400]}')
