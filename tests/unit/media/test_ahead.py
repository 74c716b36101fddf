"""What is made ahead comes in order, is never much, and ends when nobody asks for more."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from unipose.media.ahead import ahead


def counted(made: list[int], count: int = 100) -> Iterator[int]:
    for number in range(count):
        made.append(number)
        yield number


def test_order_stays_over_several_stages() -> None:
    assert list(ahead(-number for number in ahead(range(1000)))) == [-number for number in range(1000)]
    assert list(ahead([])) == []


def test_only_a_few_are_there_at_a_time() -> None:
    made: list[int] = []
    for number in ahead(counted(made), size=3):
        assert len(made) <= number + 1 + 3 + 1  # it, those that wait, and one in the making
    assert len(made) == 100


def test_it_works_while_an_item_is_worked_on() -> None:
    second_is_made = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second_is_made.set()
        yield 2

    with closing(ahead(items())) as numbers:
        assert next(numbers) == 1
        assert second_is_made.wait(10)  # though nobody has asked for it


@pytest.mark.parametrize('error', [OSError('the disk is full'), KeyboardInterrupt()])
def test_an_error_comes_where_its_item_would(error: BaseException) -> None:
    def items() -> Iterator[int]:
        yield from (0, 1)
        raise error

    with closing(ahead(number for number in ahead(items()))) as numbers:
        assert [next(numbers), next(numbers)] == [0, 1]
        with pytest.raises(type(error)):
            next(numbers)


def test_closing_it_ends_the_thread_and_closes_what_it_goes_through() -> None:
    made: list[int] = []
    closed = []

    def items() -> Iterator[int]:
        try:
            yield from counted(made)
        finally:
            closed.append(threading.current_thread())

    before = threading.active_count()
    with closing(ahead(ahead(items()))) as numbers:
        next(numbers)
        assert threading.active_count() == before + 2
    assert threading.active_count() == before and closed and len(made) < 20
