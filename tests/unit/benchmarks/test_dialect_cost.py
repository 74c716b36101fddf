"""What dialects cost is counted and timed."""

import re
from collections.abc import Callable

from benchmarks.quality.dialect_cost import STUDENTS, measure_dialects


def test_dialects_are_parameters_that_are_not_exported(few_people: Callable[[str, int, int], None]) -> None:
    few_people('train', 14, 2)
    _, *rows, _, ratio = measure_dialects(steps=2).splitlines()
    counts = [[int(cell.replace(',', '')) for cell in row.split()[-3:]] for row in rows]
    assert len(counts) == len(STUDENTS)
    assert all(trained - exported == of_these > 0 for trained, of_these, exported in counts)
    assert re.search(r'takes \d+\.\d{3} times as long', ratio)
