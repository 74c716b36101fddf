"""People are shared out evenly, and come back in their order."""

import os
import threading

import pytest

from unipose.runtime import side_by_side
from unipose.runtime.backends import Backend
from unipose.runtime.side_by_side import SideBySide, num_cores


def backend(images: int = 4, on_cpu: bool = True) -> Backend:
    return Backend('a stand-in', 'shared', (lambda calls: f'of {calls} threads') if on_cpu else None, images)


@pytest.mark.parametrize(
    ('threads', 'count', 'sizes', 'is_beside'),
    [
        (2, 1, [1], False),
        (2, 2, [1, 1], True),
        (2, 3, [3], False),  # one of two threads would have nothing to do for half of the time
        (2, 5, [5], False),
        (2, 7, [4, 3], True),
        (2, 16, [4, 4, 4, 4], True),
        (2, 10, [2, 3, 3, 2], True),  # 5 a thread
        (2, 40, [4] * 10, True),
        (1, 3, [3], False),
        (1, 9, [3, 3, 3], False),
        (4, 3, [3], False),
        (4, 4, [1] * 4, True),
        (4, 5, [5], False),
        (16, 14, [1] * 14, True),
        (16, 13, [13], False),
        (16, 40, [20, 20], False),
    ],
)
def test_who_is_computed_together(threads: int, count: int, sizes: list[int], is_beside: bool) -> None:
    parts, found = SideBySide(backend(), threads).parts(count)
    assert (sorted(part.stop - part.start for part in parts), found) == (sorted(sizes), is_beside)
    assert parts[0].start == 0 and parts[-1].stop == count
    assert all(part.stop == following.start for part, following in zip(parts, parts[1:]))


def test_what_a_file_or_device_takes_at_once() -> None:
    def sizes(count: int, **given: object) -> list[int]:
        parts, _ = SideBySide(backend(on_cpu=given.pop('on_cpu', True)), threads=2, **given).parts(count)
        return [part.stop - part.start for part in parts]

    assert sizes(4, most=1) == sizes(4, most=1, on_cpu=False) == [1, 1, 1, 1]
    assert sizes(3, most=1) == [1, 1, 1]
    assert sizes(32, on_cpu=False) == [32] and sizes(40, on_cpu=False) == [20, 20]


def test_each_thread_asks_a_session_of_its_own_and_people_keep_their_order() -> None:
    asked, both = [], threading.Barrier(2, timeout=10)

    def function(session: str, part: slice) -> list[int]:
        asked.append(session)
        both.wait()  # two at a time, or it breaks
        return list(range(part.start, part.stop))

    run = SideBySide(backend(), threads=2)
    assert sum(run(function, 16), []) == list(range(16))
    assert asked == ['of 2 threads'] * 4
    assert run(lambda session, part: (session, part), 3) == [('shared', slice(0, 3))]


def test_an_error_of_a_part_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        SideBySide(backend(), threads=2)(lambda session, part: 1 // part.start, 16)


def test_cores_that_share_their_units_are_one(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= num_cores() <= os.cpu_count()
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: {0, 1, 4, 5}, raising=False)
    for number, siblings in {0: '0,4', 4: '0,4', 1: '1,5', 5: '1,5'}.items():
        (tmp_path / f'cpu{number}').write_text(siblings)
    monkeypatch.setattr(side_by_side, '_SIBLINGS', f'{tmp_path}/cpu{{}}')
    assert num_cores() == 2
    monkeypatch.setattr(side_by_side, '_SIBLINGS', f'{tmp_path}/none{{}}')
    assert num_cores() == 4
    monkeypatch.delattr(os, 'sched_getaffinity')
    assert num_cores() == os.cpu_count()
