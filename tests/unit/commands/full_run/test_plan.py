from pathlib import Path

import pytest
from mmengine.config import Config

from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.full_run.cost import Cost
from unipose.commands.full_run.people import People, SourcePeople
from unipose.commands.full_run.plan import format_plan, plan
from unipose.commands.full_run.setting import Setting
from unipose.commands.full_run.steps import CropStep, ReportStep, ScoreStep, TargetStep, TrainStep, undone

ALL = ['crops', 'targets', 'train', 'score', 'export', 'report', 'model card']


def of(**numbers: int) -> dict[str, SourcePeople]:
    return {name: SourcePeople(number, True, None, False, ()) for name, number in numbers.items()}


PEOPLE = People(of(coco=149_813, mpii=22_246), *[of(coco=6_352, mpii=2_958)] * 2, ratios=dict(coco=1.0, mpii=1.0))


def full_size(work_dir: Path, **options: object) -> Setting:
    return Setting(Config.fromfile(REPOSITORY / 'configs/distill_small.py'), work_dir, **options)


def test_the_work_of_full_size_is_that_of_docs_scaling(tmp_path: Path) -> None:
    setting = full_size(tmp_path)
    assert CropStep(setting).work(PEOPLE) == dict(crop=172_059)
    assert TargetStep(setting).work(PEOPLE) == dict(view=2 * 20 * 172_059)
    steps = -(-172_059 // 256)
    assert TrainStep(setting).work(PEOPLE) == dict(
        step=420 * steps, epoch=420, validation=42, person=42 * 9_310, checkpoint=42
    )
    assert ScoreStep(setting).work(PEOPLE) == dict(coco=6_352, mpii=2_958, student=9_310)
    assert ReportStep(setting).work(PEOPLE) == dict(person=256)


def test_of_a_stopped_training_what_is_left_counts(tmp_path: Path) -> None:
    for name in ('epoch_415.pth', 'last_checkpoint'):
        (tmp_path / name).write_text('epoch_415.pth')
    work = TrainStep(full_size(tmp_path)).work(PEOPLE)
    assert {unit: work[unit] for unit in ('epoch', 'validation', 'checkpoint')} == dict(
        epoch=5, validation=1, checkpoint=1
    )


def test_processes_share_the_work(tmp_path: Path) -> None:
    setting, cost = full_size(tmp_path, processes=8), Cost(10.0, dict(view=0.008), dict(view=3048))
    row = plan(setting, PEOPLE, dict(targets=cost))[1]
    assert row.seconds == pytest.approx(10 + 0.001 * 2 * 20 * 172_059)
    assert row.bytes == 3048 * 2 * 20 * 172_059
    assert TrainStep(setting).work(PEOPLE)['step'] == 420 * 85


def test_the_plan_says_work_size_and_time_and_their_sums(tmp_path: Path) -> None:
    setting = full_size(tmp_path)
    costs = dict(crops=Cost(20.0, dict(crop=0.01), dict(crop=460_000)), train=Cost(0.0, dict(step=0.1), {'': 1e8}))
    table = format_plan(plan(setting, PEOPLE, costs), setting).splitlines()
    assert [line.split()[0] for line in table] == [
        'step',
        'crops',
        'targets',
        'train',
        'score',
        'export',
        'report',
        'model',
        'in',
    ]
    assert '172,059 crops' in table[1] and table[1].endswith('79 GB  29 min 1 s')
    assert '420 epochs' in table[3] and table[3].endswith('100 MB  7 h 51 min')
    assert table[-1].split()[-4:] == ['8', 'h', '20', 'min']


def test_what_was_made_of_an_earlier_student_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = full_size(tmp_path)
    assert [step.name for step in undone(setting)] == ALL
    for name in ('epoch_420.pth', 'last_checkpoint'):
        (tmp_path / name).write_text('epoch_420.pth')
    for name in ('metrics.json', 'report.html'):
        (tmp_path / name).write_text('{}')
    monkeypatch.setattr(ScoreStep, 'is_done', lambda self: True)
    assert [step.name for step in undone(setting)] == ['export', 'report', 'model card']
    monkeypatch.setattr(ScoreStep, 'is_done', lambda self: False)
    assert [step.name for step in undone(setting)] == ALL[3:]
