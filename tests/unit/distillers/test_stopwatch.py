import copy
import pickle
import time
from types import SimpleNamespace

import pytest
import torch

from unipose.distillers.stopwatch import Stopwatch

CPU, GPU = torch.device('cpu'), torch.device('cuda', 0)


class Event:
    """A CUDA event of a device that has done what was asked of it until ``now``, milliseconds."""

    now, asked = 0.0, 0.0

    def __init__(self, enable_timing: bool) -> None:
        assert enable_timing

    def __deepcopy__(self, memo: dict) -> None:
        raise TypeError('events cannot be copied')

    def record(self, stream: str) -> None:
        assert stream == 'stream of cuda:0'
        self.at = Event.asked

    def query(self) -> bool:
        return Event.now >= self.at

    def elapsed_time(self, end: 'Event') -> float:
        assert end.query(), 'who asks now has to wait'
        return end.at - self.at


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> type[Event]:
    stream = SimpleNamespace(Event=Event, current_stream=lambda device: f'stream of {device}')
    monkeypatch.setattr(torch, 'cuda', stream)
    monkeypatch.setattr(Event, 'now', 0.0)
    monkeypatch.setattr(Event, 'asked', 0.0)
    return Event


def test_on_a_cpu_laps_are_told_of_once() -> None:
    stopwatch = Stopwatch()
    for seconds in (0.02, 0.0):
        with stopwatch.timing(CPU):
            time.sleep(seconds)
    long, short = stopwatch.laps()
    assert long >= 0.02 and 0 <= short < long and stopwatch.laps() == []


def test_a_gpu_is_not_waited_for(gpu: type[Event]) -> None:
    stopwatch = Stopwatch()
    for milliseconds in (50.0, 30.0):
        with stopwatch.timing(GPU):
            gpu.asked += milliseconds
        gpu.asked += 100.0
    assert stopwatch.laps() == []
    gpu.now = 60.0
    assert stopwatch.laps() == pytest.approx([0.05])
    gpu.now = 400.0
    assert stopwatch.laps() == pytest.approx([0.03])


def test_a_lap_may_have_parts(gpu: type[Event]) -> None:
    stopwatch = Stopwatch()
    with stopwatch.timing(GPU, ends_lap=False):
        gpu.asked += 50.0
    assert stopwatch.laps() == []
    gpu.asked += 100.0
    with stopwatch.timing(GPU):
        gpu.asked += 30.0
    gpu.now = 60.0
    assert stopwatch.laps() == []
    gpu.now = 400.0
    assert stopwatch.laps() == pytest.approx([0.08])


def test_copies_and_pickles_have_no_laps(gpu: type[Event]) -> None:
    stopwatch = Stopwatch()
    with stopwatch.timing(GPU):
        pass
    for other in (copy.deepcopy(stopwatch), pickle.loads(pickle.dumps(stopwatch))):
        assert other.laps() == []
    assert len(stopwatch.laps()) == 1


def test_laps_that_nobody_asks_for_are_forgotten() -> None:
    stopwatch = Stopwatch()
    for _ in range(1000):
        with stopwatch.timing(CPU):
            pass
    assert len(stopwatch.laps()) < 100
