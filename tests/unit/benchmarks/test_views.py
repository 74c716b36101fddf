"""A teacher is scored through each way of showing it a person."""

from pathlib import Path

import pytest

from benchmarks.quality import people
from benchmarks.quality.views import measure_views


def test_the_canvas_shows_a_teacher_its_own_crop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for folder in ('configs', 'teachers'):
        (tmp_path / folder).symlink_to(request.config.rootpath / folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(people.SPLITS, 'dev', (0, people.HARD, 'val', 0, 20))
    people.generate('data/benchmark', 'dev')
    _, *rows = measure_views('dev').splitlines()
    places = [float(row.split()[-2]) for row in rows]
    own, window, stretched, *_ = places
    assert len(places) == 5 and all(10 < place < 100 for place in places)
    assert abs(own - window) < 2 and stretched <= own
