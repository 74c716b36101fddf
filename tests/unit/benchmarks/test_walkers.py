"""Films know who is where, the stand-in errs as it should, and switches are counted."""

import numpy as np
import pytest

from benchmarks.walkers import film
from benchmarks.walkers.identities import scores
from benchmarks.walkers.stand_in import find
from unipose.people import Person

SIZE = (320, 180)


def seen(*lefts: float) -> tuple[list[film.Truth], list[Person]]:
    """People side by side, each found where it is."""
    boxes = [np.float32([left, 0, left + 50, 100]) for left in lefts]
    truths = [film.Truth(number, box, np.zeros((17, 2)), 1.0) for number, box in enumerate(boxes)]
    return truths, [Person(np.zeros((17, 2)), np.ones(17), box) for box in boxes]


def test_switches_are_counted_and_ids_that_were_anothers() -> None:
    told = iter([[1, 2], [1, None], [2, 1], [2, 3], [2, 3], [2, 3]])
    found = scores({'a': [[seen(0, 100)] * 6]}, lambda: lambda people, seconds: next(told))
    # the first one from 1 to 2, which was the second one's; the second one from 2 to 1 and from 1 to 3, nobody's
    assert (found['switches'], found['taken']) == (3, 2)
    # 12 places and 11 ids; the first one is 2 on four frames, the second one 3 on three
    assert found['idf1'] == pytest.approx(2 * (4 + 3) / (12 + 11))


def test_only_some_frames_are_looked_at() -> None:
    times = []

    def track(people: list[Person], seconds: float) -> list[int]:
        times.append(seconds)
        return [1]

    assert scores({'a': [[seen(0)] * 7]}, lambda: track, every=3) == dict(switches=0, taken=0, idf1=1.0)
    assert times == pytest.approx([0, 0.12, 0.24])


def test_people_walk_where_their_paths_say() -> None:
    paths = [film.straight(0.2, 0.2), film.standing(0.8)]
    frames = list(film.play(film.walkers(paths, 0, 120), 26, SIZE, 0))
    middles = [[(one.box[0] + one.box[2]) / 2 for one in truths] for _, truths in frames]
    assert middles[25][0] - middles[0][0] == pytest.approx(0.2 * SIZE[0], abs=15)  # a second; legs move the box
    assert middles[25][1] == pytest.approx(middles[0][1], abs=3)
    assert all(one.identity == place for _, truths in frames for place, one in enumerate(truths))
    assert (frames[0][0] != frames[25][0]).any() and frames[0][0].shape == (180, 320, 3)


def test_who_is_behind_another_or_outside_is_known() -> None:
    behind = [film.standing(0.5), film.standing(0.5), film.standing(-0.5)]
    ((_, truths),) = film.play(film.walkers(behind, 0, 120), 1, SIZE, 0)
    assert [one.identity for one in truths] == [0, 1]
    assert truths[0].visible < 0.5 and truths[1].visible == 1


def test_the_stand_in_misses_who_is_hidden() -> None:
    box = np.array([10.0, 10, 60, 110])
    truths = [film.Truth(0, box, np.zeros((17, 2)), visible) for visible in (1.0, 0.1)]
    rng = np.random.default_rng(0)
    found = [find(truths, SIZE, rng) for _ in range(400)]
    assert np.mean([len(boxes) for boxes, _ in found]) == pytest.approx(0.98 + 0.1, abs=0.05)
    sides = np.concatenate([boxes for boxes, _ in found]) - box
    assert sides.std(0) == pytest.approx([1.25, 2.5, 1.25, 2.5], rel=0.15)
