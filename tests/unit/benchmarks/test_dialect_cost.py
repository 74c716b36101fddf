"""What dialects cost is counted and timed."""

import re
from pathlib import Path

import pytest

from benchmarks.quality import people
from benchmarks.quality.dialect_cost import STUDENTS, measure_dialects


def test_dialects_are_parameters_that_are_not_exported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for folder in ('configs', 'teachers'):
        (tmp_path / folder).symlink_to(request.config.rootpath / folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(people.SPLITS, 'train', (0, people.HARD, 'train', 14, 2))
    people.generate('data/benchmark', 'train')
    _, *rows, _, ratio = measure_dialects(steps=2).splitlines()
    counts = [[int(cell.replace(',', '')) for cell in row.split()[-3:]] for row in rows]
    assert len(counts) == len(STUDENTS)
    assert all(trained - exported == of_these > 0 for trained, of_these, exported in counts)
    assert re.search(r'takes \d+\.\d{3} times as long', ratio)
