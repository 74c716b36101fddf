"""A folder that looks like the repository to a benchmark, with few people."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.quality import people


@pytest.fixture
def few_people(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[str, int, int], None]:
    """Goes to a folder with the repository's configs and teachers, and writes so many COCO- and MPII-style images."""

    def write(split: str, num_coco: int, num_mpii: int) -> None:
        for folder in ('configs', 'teachers'):
            (tmp_path / folder).symlink_to(request.config.rootpath / folder)
        monkeypatch.chdir(tmp_path)
        part = people.SPLITS[split][2]
        monkeypatch.setitem(people.SPLITS, split, (0, people.HARD, part, num_coco, num_mpii))
        people.generate('data/benchmark', split)

    return write
