"""Full size, looked at where nothing of it is in place: what is missing, how long and how large each step will be."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.full_run import run


def test_full_size_can_be_looked_at_before_anything_is_in_place(
    tmp_path: Path, run_tool: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = ('num_workers=0', 'persistent_workers=False', 'batch_size=2')
    small = [f'{phase}_dataloader.{how}' for phase in ('train', 'val', 'test') for how in loaded]
    options = ['--measure', 3, '--cfg-options', *small]
    ran = run_tool('full_run.py', REPOSITORY / 'configs/distill_small.py', '--dry-run', '--work-dir', 'work', *options)
    assert ran.code == 0, ran.err
    for said in (
        'train source coco (149,813 people, as in the published file) lacks',
        'unipose download rtmpose-m_mpii-256x256',
        'train source mpii is not in place: synthetic people stand in for its own',
        'teacher coco is missing: measured with random weights',
        '172,059 crops',
        '6,882,360 views',
        '420 epochs',
    ):
        assert said in ran.out, said
    assert re.search(r'^in all .* GB .* h', ran.out, re.MULTILINE)
    assert not any(Path('work').iterdir())


def test_without_data_it_says_all_that_is_missing_and_stops(
    tmp_path: Path, run_tool: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, 'measure', lambda *_: pytest.fail('something was measured'))
    ran = run_tool('full_run.py', REPOSITORY / 'configs/distill_small.py', '--work-dir', 'work')
    assert ran.code == 2 and 'marked MISSING' in ran.err
    assert 'put or link coco to data/coco/' in ran.out and 'unipose download cspnext-s' in ran.out


def test_a_student_without_teachers_is_not_for_it(run_tool: Callable[..., Ran]) -> None:
    ran = run_tool('full_run.py', REPOSITORY / 'configs/baseline_small.py', '--dry-run')
    assert ran.code == 2 and 'has no teachers' in ran.err and '`unipose train`' in ran.err
