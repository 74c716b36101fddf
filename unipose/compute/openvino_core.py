"""OpenVINO's entrance, one for the whole process."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def openvino_core() -> Any:
    """OpenVINO's ``Core``, which stays until the process ends.

    Each one that computes on the CPU gives the thread another stack for signals (2026.4.1, see
    ``findings/openvino_takes_the_stack_for_signals.sh``). After several of them that stack was no memory any more, and
    the process died of the next signal: a worker's end, Ctrl-C.

    Raises:
        ImportError: If OpenVINO is not installed.
    """
    import openvino

    return openvino.Core()
