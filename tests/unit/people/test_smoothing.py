"""Noise is smoothed away, movements are not, and people keep apart."""

import dataclasses

import numpy as np
import pytest

from unipose.people import PeopleSmoother, Person

FPS = 30.0


def person(keypoints: np.ndarray, left: float = 0.0) -> Person:
    keypoints = np.asarray(keypoints, np.float32)
    return Person(keypoints, np.ones(len(keypoints), np.float32), np.float32([left, 0, left + 100, 200]))


def test_what_stands_still_gets_steady() -> None:
    noise = np.random.default_rng(0).normal(0, 1, (200, 21, 2))
    smoother = PeopleSmoother(FPS)
    smoothed = np.stack([smoother([person(50 + frame)])[0].keypoints for frame in noise])[20:]
    assert smoothed.std() < 0.6 * noise.std()
    assert smoothed.mean() == pytest.approx(50, abs=0.1)


def test_what_moves_fast_is_hardly_late() -> None:
    smoother = PeopleSmoother(FPS)
    places = [np.full((1, 2), 400 * frame / FPS) for frame in range(60)]  # two heights per second
    last = [smoother([person(place)])[0] for place in places][-1]
    assert np.abs(last.keypoints - places[-1]).max() < 400 / FPS  # less than a frame


def test_people_are_told_apart_by_their_places() -> None:
    smoother = PeopleSmoother(FPS)
    left, right = person([[10, 10]]), person([[310, 10]], left=300)
    smoother([left, right])
    swapped = smoother([right, left, person([[610, 10]], left=600)])
    assert [found.keypoints[0, 0] for found in swapped] == [310, 10, 610]
    assert smoother([]) == []
    assert smoother([left])[0] is left  # begins anew


def test_people_with_ids_are_told_apart_by_them() -> None:
    def seen(track_id: int, place: float, left: float = 0.0) -> Person:
        return dataclasses.replace(person([[place, 10]], left), track_id=track_id)

    smoother, alone = PeopleSmoother(FPS), PeopleSmoother(FPS)
    smoother([seen(1, 10), seen(2, 20)])
    alone([person([[20, 10]])])
    crossed = smoother([seen(2, 22, left=10), seen(1, 12)])  # in each other's boxes
    assert crossed[0].keypoints == pytest.approx(alone([person([[22, 10]])])[0].keypoints)
    assert crossed[0].keypoints[0, 0] < 22 and crossed[0].track_id == 2
    smoother([seen(1, 12)])
    (back,) = smoother([seen(2, 30)])  # out of sight for a frame
    assert 22 < back.keypoints[0, 0] < 30
    (late,) = smoother([seen(1, 99)], 10.0)  # and for long
    assert late.keypoints[0, 0] > 97


def test_who_has_no_id_yet_keeps_nobody_from_theirs() -> None:
    def seen(track_id: int | None, place: float, left: float = 0.0) -> Person:
        return dataclasses.replace(person([[place, 10]], left), track_id=track_id)

    with_it, without = PeopleSmoother(FPS), PeopleSmoother(FPS)
    frames = [
        [seen(1, 10), seen(2, 20)],
        [seen(2, 22, left=10), seen(1, 12)],  # in each other's boxes
        [seen(2, 24, left=20)],
        [seen(2, 26, left=30), seen(1, 18, left=200)],  # out of sight for a frame, and back elsewhere
    ]
    for people in frames:
        *expected, unsure = with_it([*people, seen(None, 15)])  # which lies where both are
        for found, alone in zip(expected, without(people), strict=True):
            np.testing.assert_array_equal(found.keypoints, alone.keypoints)
        assert unsure.keypoints[0, 0] == pytest.approx(15)
    (sure,) = with_it([seen(3, 20)])  # the detector has come to be sure of it
    assert 15 < sure.keypoints[0, 0] < 20


def test_a_keypoint_that_was_missing_begins_anew() -> None:
    smoother = PeopleSmoother(FPS)
    there, missing = person([[10, 10], [20, 20]]), person([[-12, -12], [np.nan, np.nan]])
    missing = dataclasses.replace(missing, scores=np.float32([-0.1, 0.9]))
    smoother([there])
    (lost,), (found,) = smoother([missing]), smoother([there])
    assert lost.keypoints[0].tolist() == [-12, -12]
    assert found.keypoints.tolist() == there.keypoints.tolist()


def test_true_times_are_what_counts() -> None:
    places = np.random.default_rng(0).normal(0, 5, (20, 3, 2)) + 50
    by_rate, by_times, uneven = PeopleSmoother(FPS), PeopleSmoother(), PeopleSmoother()
    for number, place in enumerate(places):
        (expected,) = by_rate([person(place)])
        (found,) = by_times([person(place)], 7 + number / FPS)
        np.testing.assert_allclose(found.keypoints, expected.keypoints, atol=1e-4)
        (last,) = uneven([person(place)], number / FPS + (10 if number == 19 else 0))
    assert np.abs(last.keypoints - places[-1]).max() < 0.3 < np.abs(found.keypoints - places[-1]).max()  # long ago
    with pytest.raises(ValueError, match='take another smoother'):
        uneven([person(places[0])], 0.0)


def test_wrong_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match='must be positive'):
        PeopleSmoother(FPS, beta=0)
