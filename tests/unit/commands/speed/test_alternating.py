"""Things take turns, and rest between them where they are told to."""

import pytest

from unipose.commands.speed import alternating
from unipose.commands.speed.alternating import ratio, seconds_of


def test_things_take_turns() -> None:
    order = []
    taken = seconds_of(dict(a=lambda: order.append('a'), b=lambda: order.append('b')), repeats=3)
    assert ''.join(order) == 'abababab'
    assert {name: len(seconds) for name, seconds in taken.items()} == dict(a=3, b=3)


def test_a_rest_and_a_run_that_does_not_count_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    order = []
    monkeypatch.setattr(alternating.time, 'sleep', lambda seconds: order.append(seconds))
    taken = seconds_of(dict(a=lambda: order.append('a')), repeats=2, rest=0.5)
    assert order == [0.5, 'a', 'a'] * 3 and len(taken['a']) == 2


def test_a_ratio_is_the_median_of_what_turns_say() -> None:
    assert ratio(dict(a=[2.0, 9.0, 4.0], b=[1.0, 1.0, 4.0]), 'a', 'b') == 2.0
