import ctypes
import gc
import sys

import pytest

from unipose.compute.openvino_core import openvino_core
from unipose.runtime import OnnxPoseEstimator
from unipose.student import default_student

pytest.importorskip('openvino')


class _Stack(ctypes.Structure):
    _fields_ = [('place', ctypes.c_void_p), ('flags', ctypes.c_int), ('size', ctypes.c_size_t)]


def stack_for_signals() -> int | None:
    """Where this thread's stack for signals lies."""
    found = _Stack()
    ctypes.CDLL(None).sigaltstack(None, ctypes.byref(found))
    return found.place


def test_there_is_one() -> None:
    assert openvino_core() is openvino_core()


@pytest.mark.skipif(sys.platform != 'linux', reason='other systems have no such stack, or another structure')
def test_networks_that_come_and_go_leave_the_stack_for_signals() -> None:
    def network() -> OnnxPoseEstimator:
        return OnnxPoseEstimator(default_student(), backend='openvino', precision='fp32')

    first = network()
    before, second = stack_for_signals(), network()
    assert stack_for_signals() == before
    del first
    gc.collect()
    del second
    gc.collect()
    assert stack_for_signals() == before
