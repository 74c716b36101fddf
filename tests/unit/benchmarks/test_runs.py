"""Rows, recipes and results of the benchmark; every row's student builds and takes a step."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.optim import OptimWrapper
from mmpose.registry import MODELS

from benchmarks.quality import plan, report, runs
from benchmarks.quality.rows import ROWS, TEACHERS, seeds_of
from benchmarks.quality.scores import pack
from tests.builders import canvases, samples


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path) -> None:
    """Paths in configs are relative to the repository; results go elsewhere."""
    monkeypatch.chdir(request.config.rootpath)
    monkeypatch.setattr(runs, 'RESULTS', tmp_path)
    monkeypatch.setattr(plan, 'OPENINGS', tmp_path / 'test_openings.json')


def write_result(name: str, seed: int = 0, split: str = 'dev', **columns: float) -> None:
    facts = {
        'coco': dict(images=pack([1]), image=pack([0]), annotated=pack([1]), rank=pack([0]), hits=pack([1023])),
        'mpii': dict(images=pack([1]), image=pack([0]), joints=pack([16]), right=pack([12]), right01=pack([4])),
    }
    facts['coco'] |= dict(misses=pack([0]), fixed_hits=pack([1023]), fixed_misses=pack([0]))
    content = dict(name=name, seed=seed, split=split, title=name, recipe=runs.recipe_digest(name, seed), people=facts)
    content |= dict(columns=dict(dict(coco_ap=0.5, mpii_pckh=80.0), **columns), train_seconds=100.0, epochs=10)
    runs.result_file(name, seed, split).parent.mkdir(parents=True, exist_ok=True)
    runs.result_file(name, seed, split).write_text(json.dumps(content))


@pytest.fixture(scope='module')
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Writes, once per teacher config, a checkpoint of random weights."""
    folder = tmp_path_factory.mktemp('weights')

    def write(config_file: str) -> str:
        file = folder / f'{Path(config_file).stem}.pth'
        if not file.is_file():
            with torch.random.fork_rng(devices=[]):  # students are the same, whichever row comes first
                torch.save(MODELS.build(Config.fromfile(config_file).model).state_dict(), file)
        return str(file)

    return write


@pytest.mark.parametrize('name', [name for name in ROWS if not ROWS[name].equal_time_to])
def test_every_row_trains_a_step(name: str, random_weights: Callable[[str], str]) -> None:
    torch.manual_seed(0)
    config = runs.row_config(name, 0).model
    for teacher in filter(None, (config.teachers or {}).values()):  # what is trained once need not be there
        teacher.checkpoint = random_weights(teacher.config)
        teacher.calibration = None
    config.backbone.init_cfg = None
    model = MODELS.build(config)
    MessageHub.get_instance(f'row {name}')  # no other run's epoch, which schedules read
    inputs = [canvas * 50 + 120 for canvas in canvases(2)]
    batch = dict(inputs=inputs, data_samples=samples(2, sources=('coco', 'mpii')))
    logged = model.train_step(batch, OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.01)))
    assert logged['loss'].isfinite() and logged['loss'] > 0


def test_results_of_another_recipe_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    write_result('unipose')
    assert runs.is_done('unipose', 0, 'dev') and not runs.is_done('unipose', 0, 'test')
    assert not runs.is_done('unipose', 1, 'dev')
    changed = ROWS | dict(unipose=type(ROWS['unipose'])('unipose', {'model.gt_weight': 0.5}, main=True))
    monkeypatch.setattr(runs, 'ROWS', changed)
    assert not runs.is_done('unipose', 0, 'dev')
    licensed = {'train_dataloader.dataset.sources.coco.license': 'cc-by-4.0'}  # changes no number
    monkeypatch.setattr(runs, 'ROWS', ROWS | dict(unipose=type(ROWS['unipose'])('unipose', licensed, main=True)))
    assert runs.is_done('unipose', 0, 'dev')
    monkeypatch.setattr(runs, 'ROWS', ROWS)
    assert runs.is_done('unipose', 0, 'dev')
    monkeypatch.setattr(runs, 'SPLITS', runs.SPLITS | dict(train=(1, None, 'train', 1, 1)))  # other people
    assert not runs.is_done('unipose', 0, 'dev')


@pytest.mark.parametrize('name', [*TEACHERS, 'no_teachers', 'unipose', 'heatmap_teachers'])
def test_the_finished_rows_of_the_repository_still_count(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of the configs that they were made with would have them all trained again."""
    monkeypatch.setattr(runs, 'RESULTS', Path('benchmarks/results/quality'))
    assert all(runs.is_done(name, 0, split) for split in ('dev', 'test'))


def test_seeds_change_the_run_and_nothing_else() -> None:
    first, second = (runs.row_config('unipose', seed) for seed in (0, 1))
    assert first.randomness.seed == 0 and second.randomness.seed == 1
    assert first.model == second.model and first.train_dataloader == second.train_dataloader
    assert len(seeds_of('unipose')) == 3 and len(seeds_of('separate')) == 1


def test_the_test_split_has_its_own_people() -> None:
    config = Config.fromfile('configs/benchmark/distill.py')
    text = runs.on_split(config, 'test').pretty_text
    scored = text[text.index('test_dataloader') :]
    assert 'data/benchmark/test/coco' in scored and 'data/benchmark/dev' not in scored[: scored.index('train_cfg')]


def test_equal_time_is_counted_in_epochs() -> None:
    with pytest.raises(ValueError, match='needs the result of no_teachers with seed 0 first'):
        runs.row_config('no_teachers_equal_time', 0)
    write_result('no_teachers')
    write_result('unipose')
    file = runs.result_file('unipose', 0, 'dev')
    file.write_text(json.dumps(dict(json.loads(file.read_text()), train_seconds=163.0)))
    config = runs.row_config('no_teachers_equal_time', 2)
    assert config.train_cfg.max_epochs == 16 and config.param_scheduler[1].T_max == 16
    content = json.loads(file.read_text())
    del content['train_seconds']
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match='needs the time of unipose with seed 0, which was interrupted; delete '):
        runs.row_config('no_teachers_equal_time', 0)


def test_an_interrupted_run_goes_on_and_is_not_timed(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    trained = []
    monkeypatch.setattr(runs, 'WORK_DIRS', tmp_path)
    monkeypatch.setattr(runs, 'train', lambda config: trained.append(config.work_dir))
    folders = []
    for seed, interrupted in enumerate((False, True)):
        folder = tmp_path / f'unipose-seed{seed}-{runs.recipe_digest("unipose", seed)}'
        folders.append(str(folder))
        folder.mkdir()
        (folder / 'epoch_10.pth').touch()
        if interrupted:
            (folder / 'last_checkpoint').write_text('epoch_10.pth')
        for _ in range(2):
            checkpoint, facts = runs.trained('unipose', seed)
        assert checkpoint == folder / 'epoch_200.pth' and (folder / 'epoch_10.pth').is_file()
        assert facts['epochs'] == 200 and ('train_seconds' in facts) is not interrupted
    assert trained == folders


def test_targets_are_stored_where_the_run_replays_them(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    stored = []
    monkeypatch.setattr(runs, 'WORK_DIRS', tmp_path)
    monkeypatch.setattr(runs, 'train', lambda config: None)
    monkeypatch.setattr(runs, 'cache_teachers', lambda config, folder, views: stored.append((config, folder, views)))
    runs.trained('stored', 1)
    ((config, folder, views),) = stored
    assert views == 20 and config.train_dataloader.dataset.pipeline[0]['store'] == str(folder / 'stage1')


def test_teachers_that_know_no_more_are_refused() -> None:
    write_result('no_teachers', coco_ap=0.5, mpii_pckh=80.0)
    write_result('teacher_coco', coco_ap=0.6)
    write_result('teacher_mpii', mpii_pckh=84.0)
    plan.check_teachers()
    write_result('teacher_mpii', mpii_pckh=82.0)
    with pytest.raises(ValueError, match=r'teacher_mpii has mpii_pckh 82.000 on dev.*80.000.*must lead by 3'):
        plan.check_teachers()


def test_what_is_finished_is_not_run_again() -> None:
    first, _, last = plan.runs_of(['unipose', 'no_teachers_equal_time'], [0, 1], 'dev')
    assert first == [('unipose', '0'), ('unipose', '1')]
    assert last == [('no_teachers_equal_time', '0'), ('no_teachers_equal_time', '1')]
    write_result('unipose')
    assert plan.runs_of(['unipose'], None, 'dev')[0] == [('unipose', '1'), ('unipose', '2')]


def test_each_opening_of_the_test_split_is_written_down_once() -> None:
    plan.open_test([('unipose', '0'), ('no_teachers_equal_time', '0')])
    plan.open_test([('unipose', '0'), ('no_teachers_equal_time', '0')])
    plan.open_test([('unipose', '1')])
    openings = json.loads(plan.OPENINGS.read_text())
    assert [sorted(opening['recipes']) for opening in openings] == [
        ['no_teachers_equal_time-seed0', 'unipose-seed0'],
        ['unipose-seed1'],
    ]
    assert openings[0]['recipes']['unipose-seed0'] == runs.recipe_digest('unipose', 0)


def test_the_report_has_tables_and_rows_for_machines(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(report, 'paired_intervals', partial(report.paired_intervals, resamples=50))
    monkeypatch.setattr(report, 'PAGE', tmp_path / 'results.md')
    monkeypatch.setattr(report, 'MACHINE', tmp_path / 'results' / 'quality.json')
    with pytest.raises(ValueError, match='no run is finished on dev'):
        report.write_report('dev')
    for seed in seeds_of('unipose'):
        write_result('no_teachers', seed)
        write_result('unipose', seed)
    write_result('equally_loud')
    write_result('teacher_coco')
    report.write_report('dev')
    page = report.PAGE.read_text()
    report.PAGE.write_text(page.replace('# Results', '# Results\n\nWhat I found.'))
    report.write_report('dev')
    page = report.PAGE.read_text()
    assert 'What I found.' in page and page.count('| unipose |') == 1
    assert '| unipose | 3 | 100.00 ± 0.00' in page and '+0.00 [+0.00, +0.00]' in page
    assert '| both teachers as loud (of: unipose) |' in page
    rows = [row for row in json.loads(report.MACHINE.read_text()) if row['name'] not in TEACHERS]
    assert (
        all({'name', 'seed', 'split', 'coco_ap', 'mpii_pckh'} <= set(row) for row in rows) and len(rows) == 7
    )  # before test
    write_result('unipose', split='test')
    report.write_report('test')
    assert report.PAGE.read_text().count('| unipose |') == 2
    report.PAGE.write_text(page.replace('<!-- dev tables end -->', ''))
    with pytest.raises(ValueError, match='has lost its marks'):
        report.write_report('dev')
