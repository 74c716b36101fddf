import time
from types import SimpleNamespace

import pytest

from unipose.commands.full_run.cost import Cost
from unipose.commands.full_run.plan import Planned
from unipose.commands.full_run.remaining import Remaining


def planned(name: str, rest: float, **work: float) -> Planned:
    step = SimpleNamespace(name=name, is_shared=False)
    return Planned(step, work, Cost(rest, dict.fromkeys(work, 1.0)))


def test_what_a_step_takes_corrects_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now, lines = [0.0], []
    monkeypatch.setattr(time, 'perf_counter', lambda: now[0])
    remaining = Remaining(
        [planned('targets', 10, view=90), planned('train', 5, step=50)], lambda *said: lines.append(said)
    )
    remaining.begin()
    assert remaining.of_run() == 155
    remaining.count('view', 5)  # too few to say anything
    assert remaining.of_step() == 85
    now[0] = 50.0
    remaining.count('view', 15)  # half as quick as expected, after 10 s of loading
    assert remaining.of_step() == pytest.approx(70 * 2)
    assert remaining.of_run() == pytest.approx(70 * 2 + 55)
    assert len(lines) == 1
    now[0] = 90.0
    remaining.count('view', 20)
    assert lines[1] == ('targets: 1 min 40 s left, 2 min 35 s of the whole run', {'targets': Cost(10, dict(view=2.0))})
    now[0] = 200.0
    assert remaining.end() == (100, 200)
    remaining.begin()
    assert lines[-1][0] == 'train: 55 s left, 55 s of the whole run'


def test_more_is_never_left_than_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, 'perf_counter', lambda: 0.0)
    remaining = Remaining([planned('targets', 0, view=10)], lambda *_: None)
    remaining.begin()
    remaining.count('view', 12)
    assert remaining.of_step() == 0
