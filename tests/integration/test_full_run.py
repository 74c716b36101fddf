"""From data to table in one command, at demo size: whole, killed on the way, and given again."""

import json
import re
import runpy
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from mmengine.config import Config

from tests import processes
from tests.conftest import Ran
from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.full_run import run
from unipose.commands.full_run.cost import Cost, Nobody
from unipose.commands.full_run.ledger import Ledger
from unipose.commands.full_run.people import count_people
from unipose.commands.full_run.setting import Setting
from unipose.commands.full_run.steps import undone
from unipose.commands.full_run.trial import measure
from unipose.commands.train.stages import pipelines_of

STEPS = ['crops', 'targets', 'train', 'score', 'export', 'report', 'model card']
QUICK = ('--measure', 3)


@pytest.fixture(scope='module')
def config(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's, of a handful of people and three epochs, the last of them a stage of its own."""
    config = Config.fromfile(REPOSITORY / 'configs/demo/distill.py')
    config.merge_from_dict({'train_cfg.max_epochs': 3, 'default_hooks.checkpoint.interval': 1, 'log_level': 'WARNING'})
    config.model.backbone.init_cfg = None
    dataset = config.train_dataloader.dataset
    switch = dict(type='mmdet.PipelineSwitchHook', switch_epoch=2, switch_pipeline=dataset.pipeline)
    config.custom_hooks = [*config.custom_hooks, switch]
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False, batch_size=8)
    file = tmp_path_factory.mktemp('full_run') / 'distill.py'
    file.write_text(config.pretty_text.replace('data/demo/', f'{synthetic}/'))
    return file


def with_costs(config: Path, work_dir: Path) -> Path:
    """A work dir in which an earlier command has measured, which takes long."""
    cost = Cost(1.0, dict.fromkeys(('crop', 'view', 'step', 'epoch', 'coco', 'mpii', 'student', 'person'), 0.01))
    Ledger(setting_of(config, work_dir)).keep_costs(dict.fromkeys(STEPS, cost), QUICK[1])
    return work_dir


def setting_of(config: Path, work_dir: Path) -> Setting:
    return Setting(Config.fromfile(config), work_dir, views=2, license='apache-2.0')


@pytest.fixture(scope='module')
def unbroken(config: Path) -> Path:
    """Work dir of a run that nothing has stopped."""
    work_dir = with_costs(config, config.parent / 'unbroken')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('sys.argv', ['full_run.py', *arguments(config, work_dir)])
        with pytest.raises(SystemExit) as finished:
            runpy.run_path(str(REPOSITORY / 'tools/full_run.py'), run_name='__main__')
    assert not finished.value.code
    return work_dir


def arguments(config: Path, work_dir: Path) -> list[str]:
    return [*map(str, (config, '--work-dir', work_dir, '--views', 2, '--license', 'apache-2.0', *QUICK))]


def test_it_leaves_what_it_promises(unbroken: Path) -> None:
    content = json.loads((unbroken / 'full_run.json').read_text())
    assert list(content['steps']) == list(content['measured']['costs']) == list(content['result']['files']) == STEPS
    assert all(step['expected'] > 0 and step['taken'] > 0 for step in content['steps'].values())
    for files in content['result']['files'].values():
        assert all((unbroken / file).exists() for file in files)
    scores = json.loads((unbroken / 'metrics.json').read_text())
    assert content['result']['kept'] == {name: kept['ratio'] for name, kept in scores['kept'].items()}
    assert set(content['result']['metrics']) == {'coco', 'mpii', 'student'}
    assert 'license: apache-2.0' in (unbroken / 'MODEL_CARD.md').read_text()


def test_killed_twice_it_ends_with_the_same_table(config: Path, unbroken: Path, run_tool: Callable[..., Ran]) -> None:
    work_dir, log = with_costs(config, config.parent / 'broken'), config.parent / 'log'
    for reached in ('targets/stage1/manifest.json', 'last_checkpoint'):  # targets are being stored; an epoch is done
        command = processes.start('tools/full_run.py', *arguments(config, work_dir), log=log)
        processes.wait_for((work_dir / reached).exists, command, log)
        command.kill()
        command.join()
        assert not (work_dir / 'metrics.json').exists()
    crops = {path: path.stat().st_mtime_ns for path in (work_dir / 'crops').iterdir()}
    ran = run_tool('full_run.py', *arguments(config, work_dir))
    assert ran.code == 0, ran.err
    assert {path: path.stat().st_mtime_ns for path in crops} == crops
    steps = list(json.loads((work_dir / 'full_run.json').read_text())['steps'])
    assert steps == STEPS
    assert re.search(r'^crops .* there ', ran.out, re.MULTILINE)
    assert (work_dir / 'metrics.md').read_text() == (unbroken / 'metrics.md').read_text()
    student = [
        json.loads((folder / 'metrics.json').read_text())['student']['metrics'] for folder in (work_dir, unbroken)
    ]
    assert student[0] == student[1]


def test_what_is_done_is_not_done_again(
    config: Path, unbroken: Path, run_tool: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, 'measure', lambda *_: pytest.fail('something was measured'))
    before = {path: path.stat().st_mtime_ns for path in unbroken.rglob('*') if path.name != 'full_run.json'}
    ran = run_tool('full_run.py', *arguments(config, unbroken))
    assert ran.code == 0 and 'student' in ran.out and str(unbroken / 'student.onnx') in ran.out
    assert {path: path.stat().st_mtime_ns for path in before} == before
    (unbroken / 'crops').rename(unbroken / 'elsewhere')  # nobody reads them any more
    ran = run_tool('full_run.py', *arguments(config, unbroken))
    (unbroken / 'elsewhere').rename(unbroken / 'crops')
    assert ran.code == 0 and '--- crops' not in ran.err


def test_what_follows_training_is_measured_on_the_student_that_there_is(config: Path, unbroken: Path) -> None:
    left_by_a_kill = unbroken / '.trial-killed'
    left_by_a_kill.mkdir()
    setting = setting_of(config, unbroken)
    trial = measure(setting, count_people(setting.config), STEPS[3:], 3)
    assert list(trial.costs) == STEPS[3:] and not trial.notes
    assert set(trial.costs['score'].rates) == {'coco', 'mpii', 'student'}
    assert all(rate > 0 for rate in trial.costs['score'].rates.values())
    assert trial.costs['export'].sizes[''] == (unbroken / 'student.onnx').stat().st_size
    assert not list(unbroken.glob('.trial-*'))


def test_targets_that_move_are_asked_for_once(config: Path, tmp_path: Path) -> None:
    setting = replace(setting_of(config, tmp_path), views=None)
    people = count_people(setting.config)
    trial = measure(setting, people, STEPS, 3)
    assert trial.costs['targets'].rates['view'] > 0 and trial.costs['train'].rates['step'] > 0
    [targets] = [step for step in undone(setting) if step.name == 'targets']
    assert dict(targets.work(people)) == dict(view=people.num_train)  # though the config has two stages
    undone(setting)[0].run(Nobody())
    targets.run(Nobody())
    assert [path.name for path in setting.targets.iterdir()] == ['once'] and targets.is_done()
    for stage in pipelines_of(setting.training_config()).values():
        assert stage[0] == dict(type='LoadTeacherTargets', store=str(setting.targets / 'once'))


def test_another_licence_writes_the_card_again(
    config: Path, unbroken: Path, tmp_path: Path, run_tool: Callable[..., Ran]
) -> None:
    work_dir = Path(shutil.copytree(unbroken, tmp_path / 'run'))
    report = (work_dir / 'report.html').stat().st_mtime_ns
    ran = run_tool('full_run.py', *arguments(config, work_dir), '--license', 'mit')
    assert ran.code == 0, ran.err
    assert 'license: mit' in (work_dir / 'MODEL_CARD.md').read_text()
    assert (work_dir / 'report.html').stat().st_mtime_ns == report


def test_a_changed_config_is_refused(config: Path, unbroken: Path, run_tool: Callable[..., Ran]) -> None:
    ran = run_tool('full_run.py', *arguments(config, unbroken), '--cfg-options', 'optim_wrapper.optimizer.lr=0.1')
    assert ran.code == 2 and 'holds another run' in ran.err and 'optim_wrapper.optimizer.lr' in ran.err


def test_too_few_batches_say_nothing(config: Path, tmp_path: Path, run_tool: Callable[..., Ran]) -> None:
    ran = run_tool('full_run.py', config, '--work-dir', tmp_path, '--measure', 2)
    assert ran.code == 2 and 'of fewer than 3 batches nothing can be measured. Got: 2' in ran.err


def test_scores_of_other_sources_are_old(config: Path, unbroken: Path, tmp_path: Path) -> None:
    work_dir = Path(shutil.copytree(unbroken, tmp_path / 'run'))
    setting = setting_of(config, work_dir)
    assert not undone(setting)
    setting.config.test_dataloader.dataset.sources.mpii = setting.config.test_evaluator.metrics.mpii = None
    assert [step.name for step in undone(setting)] == STEPS[3:]
