"""The speed benchmark: things take turns, and its table has all that it measured."""

import subprocess
import sys
from pathlib import Path

from benchmarks.speed.alternating import ratio, seconds_of
from benchmarks.speed.report import format_measures


def test_things_take_turns() -> None:
    order = []
    taken = seconds_of(dict(a=lambda: order.append('a'), b=lambda: order.append('b')), repeats=3)
    assert ''.join(order) == 'abababab'
    assert {name: len(seconds) for name, seconds in taken.items()} == dict(a=3, b=3)


def test_a_ratio_is_the_median_of_what_turns_say() -> None:
    assert ratio(dict(a=[2.0, 9.0, 4.0], b=[1.0, 1.0, 4.0]), 'a', 'b') == 2.0


def test_the_table_has_every_contestant() -> None:
    names = ('alone', 'online', 'plain', 'cached', 'reference')
    numbers = dict(tiny=dict.fromkeys(names, 1.5))
    measures = dict(
        machine=dict(device='CPU', threads=2, bf16=False),
        pipeline=dict(stock=100.0, images=150.0, jpeg=200.0, raw=300.0),
        pipeline_speedup=3.0,
        step_ratio=numbers,
        step_ms=numbers,
        epoch_speedup=numbers,
        samples_per_second=numbers,
        peak_memory_mb=dict(tiny=dict(alone=900.0)),
    )
    table = format_measures(measures)
    assert ['unipose,', 'raw', 'crops', '300', '3.00'] in [line.split() for line in table.splitlines()]
    assert len([line for line in table.splitlines() if line.count('1.50') == 2]) == len(names)


def test_wrong_places_are_told_before_hours_of_work(tmp_path: Path) -> None:
    tool = Path(__file__).resolve().parents[3] / 'benchmarks/throughput.py'
    done = subprocess.run([sys.executable, tool, '--json', tmp_path], capture_output=True, text=True)
    assert done.returncode == 2 and 'cannot be written' in done.stderr and 'Traceback' not in done.stderr
