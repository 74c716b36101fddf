"""What has to be there before a row can be trained, and which runs are not finished."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.openings import log_opening
from benchmarks.real.people import arrange
from benchmarks.real.rows import ROWS, seeds_of
from benchmarks.real.runs import RESULTS, TEACHERS, calibrate, load_result, recipe_digest, score_teacher, teacher_files
from benchmarks.real.start import write_start

Run = tuple[str, str]
"""Name of a row, and its seed."""


def prepare(people: Path, teachers: Path, coco_dev: Path) -> None:
    """Puts people, weights to start from and the teachers' files where configs name them; calibrates the teachers.

    Raises:
        FileNotFoundError: If a file is missing.
    """
    for file in teacher_files():
        if not file.is_file():
            if not (teachers / file.name).is_file():
                raise FileNotFoundError(f'no teacher {teachers / file.name}; teachers/README.md says how it is made')
            file.unlink(missing_ok=True)  # a link that leads nowhere
            file.symlink_to(teachers / file.name)
    arrange(people, coco_dev)
    write_start()
    for teacher in TEACHERS:
        for source in ('lsp', teacher):
            calibrate(teacher, source)


def runs_of(rows: Sequence[str], seeds: Sequence[int] | None, split: str) -> list[Run]:
    """What is not finished yet: main rows first, seed by seed, so that what is stopped is comparable so far."""
    wanted = [(seed, row) for row in rows for seed in (seeds or seeds_of(row)) if load_result(row, seed, split) is None]
    order = list(ROWS)
    return [
        (row, str(seed))
        for seed, row in sorted(wanted, key=lambda run: (not ROWS[run[1]].main, run[0], order.index(run[1])))
    ]


def stores_of(runs: Sequence[Run]) -> list[str]:
    """Rows whose targets are to be stored for these runs, one for each store."""
    stores = {(ROWS[row].config, ROWS[row].targets): row for row, _ in runs if ROWS[row].targets}
    return list(stores.values())


def open_test(runs: Sequence[Run]) -> None:
    """Writes down that the test people are looked at."""
    recipes = {f'{row}-seed{seed}': recipe_digest(row, int(seed)) for row, seed in runs}
    log_opening(RESULTS / 'test_openings.json', recipes)


def score_teachers(split: str) -> None:
    """Scores the teachers, as far as that is not done."""
    for teacher in TEACHERS:
        score_teacher(teacher, split)
