from benchmarks.crops.report import table
from benchmarks.crops.rows import rows


def test_rows_are_many_and_each_is_another() -> None:
    found = [str(row.facts()) for row in rows()]
    assert len(found) == len(set(found)) == 35


def test_the_table_says_what_is_shown() -> None:
    scores = dict(a=0.5, b=0.25)
    lines = table([dict(row.facts(), scores=scores) for row in rows()]).splitlines()[2:]
    assert len(set(lines)) == 35
    assert lines[-1] == ('| efficientpose-ii-lite | canvas of a 96x128 student, x2 | 1.25 |  | no | 0.5 | 0.2 |')
