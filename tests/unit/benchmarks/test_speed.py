"""The speed benchmark: its table has all that it measured."""

import runpy
import sys
from pathlib import Path

import pytest

from benchmarks.speed.report import format_measures
from benchmarks.speed.scaling import Machine, rates
from benchmarks.speed.storing import format_sizes, format_times


def test_the_table_has_every_contestant() -> None:
    names = ('alone', 'online', 'compiled', 'plain', 'cached', 'reference')
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


def test_wrong_places_are_told_before_hours_of_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)  # it goes to the repository, and adds it to the path
    monkeypatch.setattr(sys, 'path', list(sys.path))
    monkeypatch.setattr(sys, 'argv', ['throughput.py', '--json', str(tmp_path)])
    with pytest.raises(SystemExit) as finished:
        runpy.run_path(str(Path(__file__).resolve().parents[3] / 'benchmarks/throughput.py'), run_name='__main__')
    error = capsys.readouterr().err
    assert finished.value.code == 2 and 'cannot be written' in error and 'Traceback' not in error


def test_what_a_gpu_waits_for_is_arithmetic() -> None:
    measures = dict(pipeline=dict(stock=100.0, jpeg=200.0, raw=300.0))
    machine = Machine(tflops=12.0, cores=10, disk=0.46)
    found = rates(measures, machine, dict(small=0.5e9, teachers=4e9), 'small')
    # 6e12 multiplications a second; a step costs three forward passes; raw crops have 460 kB
    assert found == dict(student=4000.0, teachers=1500.0, stock=1000.0, raw=1000.0, jpeg=2000.0)


def test_what_is_stored_is_told_by_teacher() -> None:
    row = dict(leaves=30, bytes_per_view=3036, coco=dict(kl=7e-4, shift=0.01), mpii=dict(kl=8e-4, shift=0.02))
    assert format_sizes([row]).splitlines()[-1].split() == ['30', '3036', '7.0e-04', '0.010', '8.0e-04', '0.020']
    text = format_times(dict(teachers=15.0, fed=17.0, stored=18.0, share=0.83, share_fed=0.94))
    assert text.endswith('0.83 of the speed of the teachers alone, 0.94 of teachers and pipeline')
