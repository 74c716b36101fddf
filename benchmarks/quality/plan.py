"""What has to be run, in which order, and when the comparison would say nothing."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.openings import log_opening
from benchmarks.quality.people import SPLITS, generate
from benchmarks.quality.rows import ROWS, TEACHERS, seeds_of
from benchmarks.quality.runs import RESULTS, WEIGHTS, calibration_name, is_done, load_result, recipe_digest

DATA = 'data/benchmark'
OPENINGS = RESULTS / 'test_openings.json'
# A teacher is worth the name from this lead over the student without teachers, on its own dataset.
LEAD = dict(teacher_coco=('coco_ap', 0.03), teacher_mpii=('mpii_pckh', 3.0))

Run = tuple[str, str]
"""Name of a row, teacher or part, and its seed (``'part'`` of what is trained once)."""


def prepare(rows: Sequence[str]) -> list[Run]:
    """Writes the people, and returns what has to be trained once: the backbone, and the teachers of these rows."""
    parts = ['backbone', *(name for name, _ in teachers_of(rows))]
    files = {name: [f'{name}.pth', *([] if name == 'backbone' else [calibration_name(name)])] for name in parts}
    missing = [name for name in files if not all((WEIGHTS / file).is_file() for file in files[name])]
    for split in SPLITS:
        parts = dict(backbone=missing[:1] == ['backbone'], teachers=any(name in TEACHERS for name in missing))
        if parts.get(split, True):
            generate(DATA, split)
    return [(name, 'part') for name in missing]


def teachers_of(rows: Sequence[str]) -> list[Run]:
    """The teachers of these rows."""
    return [(name, '0') for name in (TEACHERS if 'heatmap_teachers' in rows else LEAD)]


def gate() -> list[Run]:
    """What :func:`check_teachers` needs."""
    return [('no_teachers', '0'), *((name, '0') for name in LEAD)]


def check_teachers() -> None:
    """Makes sure that the teachers know more than the student learns without them.

    Raises:
        ValueError: If one does not lead by :data:`LEAD`.
    """
    student = load_result('no_teachers', 0, 'dev')['columns']
    for name, (column, lead) in LEAD.items():
        theirs = load_result(name, 0, 'dev')['columns'][column]
        if theirs < student[column] + lead:
            raise ValueError(
                f'{name} has {column} {theirs:.3f} on dev, the student without teachers {student[column]:.3f}: the '
                f'teacher must lead by {lead}, or the table says nothing. Train it longer, on more people: '
                f'configs/benchmark/{name}.py'
            )


def runs_of(rows: Sequence[str], seeds: Sequence[int] | None, split: str) -> tuple[list[Run], list[Run], list[Run]]:
    """What is not finished yet, in three parts, each of which needs the ones before."""
    wanted = [(row, seed) for row in rows for seed in (seeds or seeds_of(row)) if not is_done(row, seed, split)]
    parts: tuple[list[Run], ...] = [], [], []
    for row, seed in wanted:
        late = 2 if ROWS[row].equal_time_to else 1 if ROWS[row].trained_as else 0
        parts[late].append((row, str(seed)))
    return parts


def open_test(runs: Sequence[Run]) -> None:
    """Writes down that the test split is looked at."""
    log_opening(OPENINGS, {f'{name}-seed{seed}': recipe_digest(name, int(seed)) for name, seed in runs})
