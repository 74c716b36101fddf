import time

import pytest

from unipose.commands.full_run.cost import Cost, Stopwatch


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, seconds; its last value is now."""
    now = [0.0]
    monkeypatch.setattr(time, 'perf_counter', lambda: now[-1])
    return now


def test_work_costs_its_units_and_what_it_writes() -> None:
    cost = Cost(rest=5.0, rates=dict(view=0.5), sizes={'view': 100, '': 7})
    assert cost.of_units(dict(view=4, unknown=1000)) == 2.0
    assert cost.bytes(dict(view=4)) == 407
    assert Cost(**cost.plain()) == cost


def test_what_no_unit_explains_is_the_rest(clock: list[float]) -> None:
    stopwatch = Stopwatch()
    clock.append(10.0)  # loading
    stopwatch.count('view', 0)
    for now in (14.0, 15.0, 16.0, 17.0, 18.0):  # the first batch takes longer
        clock.append(now)
        stopwatch.count('view', 2)
    clock.append(20.0)  # writing
    cost = stopwatch.cost()
    assert cost.rates == dict(view=0.5)
    assert cost.rest == pytest.approx(20 - 10 * 0.5)


def test_what_is_known_of_a_unit_goes_before_its_counts(clock: list[float]) -> None:
    stopwatch = Stopwatch()
    for now in (1.0, 5.0, 9.0):
        clock.append(now)
        stopwatch.count('step', 1)
    stopwatch.took('step', 3.0, 2)
    stopwatch.took('step', 1.0, 2)
    assert stopwatch.cost().rates == dict(step=1.0)
    assert stopwatch.cost().rest == pytest.approx(9 - 3)


def test_work_that_came_at_once_has_no_rate(clock: list[float]) -> None:
    stopwatch = Stopwatch()
    clock.append(4.0)
    stopwatch.count('crop', 0)
    stopwatch.count('crop', 3)
    assert stopwatch.cost() == Cost(rest=4.0, rates=dict(crop=0.0))
