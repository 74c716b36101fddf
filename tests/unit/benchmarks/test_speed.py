"""The speed benchmark: its table has all that it measured."""

import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.rehearsed.report import format_rehearsal
from benchmarks.speed.report import format_measures
from benchmarks.speed.scaling import Machine, limits
from benchmarks.speed.stages import STAGES, Stopwatch
from benchmarks.speed.storing import format_sizes, format_times


def test_the_table_has_every_contestant() -> None:
    names = ('alone', 'online', 'compiled', 'plain', 'cached', 'reference')
    numbers = dict(tiny=dict.fromkeys(names, 1.5))
    measures = dict(
        machine=dict(device='CPU', threads=2, bf16=False),
        pipeline=dict(stock=100.0, images=150.0, jpeg=200.0, raw=300.0),
        pipeline_ratio=dict(stock=1.0, images=1.5, jpeg=2.0, raw=3.1),
        pipeline_speedup=3.1,
        pipeline_ms={name: dict.fromkeys(STAGES, 0.25) for name in ('stock', 'images', 'jpeg', 'raw')},
        storing_to_teachers=0.951,
        auto_epoch_ratio=dict(tiny=dict(online=2.5, storing=2.4, cached=1.1)),
        auto_run_ratio=dict(tiny=1.36),
        auto_long_run_ratio=dict(tiny=1.224),
        step_ratio=numbers,
        step_ms=numbers,
        epoch_speedup=numbers,
        samples_per_second=numbers,
        peak_memory_mb=dict(tiny=dict(alone=900.0)),
    )
    table = format_measures(measures)
    lines = [line.split() for line in table.splitlines()]
    assert ['unipose,', 'raw', 'crops', '300', '3.10'] in lines
    assert ['decoded', *['0.25'] * 4] in lines and ['all', *[f'{0.25 * len(STAGES):.2f}'] * 4] in lines
    assert ['asked,', 'and', 'stored', '2.40'] in lines
    assert '--targets auto, 20 of 100 epochs store: 1.36\n--targets auto, 40 of 420: 1.22' in table
    assert 'storing runs at 0.95 of the speed of the teachers alone' in table
    assert len([line for line in table.splitlines() if line.count('1.50') == 2]) == len(names)


def test_time_within_another_stage_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr('benchmarks.speed.stages.time', SimpleNamespace(thread_time=lambda: now[0]))
    watch = Stopwatch()

    def spend(seconds: float, then: Callable[[], object] = object) -> None:
        now[0] += seconds
        then()

    inner = watch.timed('inner', spend)
    outer = watch.timed('outer', lambda: spend(2.0, lambda: (inner(3.0), inner(4.0))))
    watch.timed('rest', lambda: spend(1.0, outer))()
    assert watch.seconds == dict(inner=7.0, outer=2.0, rest=1.0)


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


def rehearsed(way: str, **changes: float) -> dict:
    run = dict(way=way, processes=1, workers=10, batch_size=256, steps=44, step_ms=100.0, epoch_steps=0)
    part = {kind: dict(first=1.0, last=2.0, per_1000=0.5) for kind in ('rss', 'pss', 'own')}
    took = dict(
        start=dict(imported=5.0, built=20.0, first_batch=25.0, first_step=26.0),
        samples_per_second=300.0,
        files=dict(main=101, worker=65),
        memory=dict(main=part, workers=part),
        checkpoint=dict(file=100.0, log=0.3, scalars=28),
        **(dict(worker_ms=2.5, taking_ms=14.0, main_ms=60.0) | changes),
    )
    return dict(run=run | changes, **took)


@pytest.fixture
def rehearsal() -> dict:
    hour = rehearsed('images', batch_size=2, epoch_steps=673, taking_ms=1.0, main_ms=9.0)
    return dict(
        machine='a CPU, 2 cores',
        people=dict(coco=149_760, mpii=22_016),
        in_pictures=dict(coco=1024, mpii=256),
        annotations_mb=dict(coco=370.0, mpii=11.0),
        operators=dict(images=4000, stored=3000),
        runs=[rehearsed('images'), rehearsed('stored', worker_ms=1.0), rehearsed('stored', processes=2), hour],
    )


@pytest.mark.parametrize(
    ('way', 'expected'),
    [  # 6e12 multiplications a second; a step costs three forward passes; 14 ms to take a batch and 8 to keep books
        ('images', dict(networks=6e12 / 5.5e9, workers=9 / 0.0025, rank=256 / 0.062, disk=1e9 / 200e3)),
        ('jpeg', dict(networks=4000.0, workers=9 / 0.001, rank=256 / 0.052, disk=1e9 / 86_036)),
        ('raw', dict(networks=4000.0, workers=9 / 0.0005, rank=256 / 0.052, disk=1e9 / 463_036)),
    ],
)
def test_what_caps_a_rank_is_arithmetic(rehearsal: dict, way: str, expected: dict[str, float]) -> None:
    measures = dict(pipeline=dict(jpeg=200.0, raw=400.0))
    machine = Machine(tflops=12.0, cores=10, workers=12, disk=1.0, call_us=10.0)
    found = limits(measures, rehearsal, machine, dict(small=0.5e9, teachers=4e9), 'small', way)
    assert found == pytest.approx(expected)


def test_without_a_rehearsal_it_says_what_makes_one(rehearsal: dict) -> None:
    del rehearsal['runs'][1:3]
    with pytest.raises(ValueError, match='benchmarks/rehearsal.py'):
        limits({}, rehearsal, Machine(15.0, 16, 10, 1.0, 8.0), dict(small=0.5e9, teachers=4e9), 'small', 'jpeg')


def test_the_rehearsals_tables_have_all_runs(rehearsal: dict) -> None:
    lines = format_rehearsal(rehearsal).splitlines()
    assert '| stored targets, JPEG crops, 2 ranks | 100 | 300 | 2.50 | 14.0 | 60 |' in lines
    assert '| teachers online, whole images, 1 rank | 5 | 20 | 25 | 26 |' in lines
    assert '| the rank: RSS | 1 | 2 | 0.50 |' in lines
    assert lines[-1].endswith('100 MB, of which 0.3 MB are 28 logged scalars')


def test_what_is_stored_is_told_by_teacher() -> None:
    row = dict(leaves=30, bytes_per_view=3036, coco=dict(kl=7e-4, shift=0.01), mpii=dict(kl=8e-4, shift=0.02))
    assert format_sizes([row]).splitlines()[-1].split() == ['30', '3036', '7.0e-04', '0.010', '8.0e-04', '0.020']
    text = format_times(dict(teachers=15.0, fed=17.0, stored=18.0, share=0.83, share_fed=0.94))
    assert text.endswith('0.83 of the speed of the teachers alone, 0.94 of teachers and pipeline')
