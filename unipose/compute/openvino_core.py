"""OpenVINO's entrance, one for the whole process."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def openvino_core() -> Any:
    """OpenVINO's ``Core``, which stays until the process ends.

    Each one that computes on the CPU gives the thread another stack for signals, and gives back the one before it when
    it goes (2026.4.1). Where several go in the order in which they came, the stack that is left is no memory any more,
    and the process dies of the next signal, a worker's end or Ctrl-C.

    Raises:
        ImportError: If OpenVINO is not installed.
    """
    import openvino

    return openvino.Core()
