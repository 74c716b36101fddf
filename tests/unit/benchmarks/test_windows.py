"""A teacher is scored through each way of showing it a person."""

from collections.abc import Callable

from benchmarks.quality.windows import measure_windows


def test_the_canvas_shows_a_teacher_its_own_crop(few_people: Callable[[str, int, int], None]) -> None:
    few_people('dev', 0, 20)
    _, *rows = measure_windows('dev').splitlines()
    places = [float(row.split()[-2]) for row in rows]
    own, window, stretched, *_ = places
    assert len(places) == 5 and all(10 < place < 100 for place in places)
    assert abs(own - window) < 2 and stretched <= own
