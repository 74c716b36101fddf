"""What is to be looked at of a run: pictures while it trains, and the report afterwards."""

import base64
import json
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.runner import Runner

from tests.builders import VALIDATION, model_config, sources, train_config, write_teachers
from unipose.commands.report.samples import SampleGallery
from unipose.evaluation.comparison_tables import Comparison, compare
from unipose.files import write_json
from unipose.rescoring.boxes import People

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def train(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Runner]:
    folder = tmp_path_factory.mktemp('run')
    teachers = write_teachers(folder / 'teachers')

    def train(name: str, **hooks: object) -> Runner:
        config = train_config(synthetic, folder / name, model_config('coco+mpii', 21, teachers=teachers))
        config.default_hooks.update(hooks, distillation=dict(type='DistillationLogHook'))
        config.visualizer = dict(type='Visualizer', vis_backends=[dict(type='LocalVisBackend')])
        held_out = dict(config.train_dataloader.dataset, sources=sources(synthetic, 'val'), pipeline=VALIDATION)
        config.val_dataloader = dict(
            batch_size=8,
            sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
            dataset=dict(held_out, test_mode=True),
        )
        annotations = str(synthetic / 'coco/annotations/person_keypoints_val2017.json')
        coco = dict(type='CocoKeypointMetric', skeleton='coco', ann_file=annotations)
        metrics = dict(coco=coco, mpii=dict(type='MpiiPCKhMetric', skeleton='mpii'))
        config.val_evaluator = dict(type='UnifiedEvaluator', metrics=metrics)
        config.val_cfg, config.train_cfg.max_epochs = dict(), 2
        config.experiment_name = name
        runner = Runner.from_cfg(config)
        runner.train()
        return runner

    return train


@pytest.fixture(scope='module')
def ran(train: Callable[..., Runner]) -> Runner:
    return train('with_pictures', pictures=dict(type='TrainingPicturesHook', interval=2, num_samples=3))


def test_pictures_are_drawn_while_it_trains(ran: Runner) -> None:
    pictures = sorted(Path(ran.work_dir).glob('*/vis_data/vis_image/*.png'))
    steps = range(2, ran.iter + 1, 2)
    assert {p.name for p in pictures} == {f'{kind}_{step}.png' for kind in ('training', 'validation') for step in steps}
    shapes = {cv2.imread(str(picture)).shape for picture in pictures}
    # input, ground truth, two teachers, student: 192 wide, lines of 21 keypoints beside four of them; a row a sample
    assert shapes == {(3 * (256 + 84 + 2 * 26 + 12), 5 * 192 + 4 * 84 + 6 * 12, 3)}


def test_looking_changes_nothing(ran: Runner, train: Callable[..., Runner]) -> None:
    unseen = train('without_pictures').model.state_dict()
    for key, value in ran.model.state_dict().items():
        assert torch.equal(value, unseen[key]), key


def write(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, 'argv', ['report.py', *map(str, arguments)])
    try:
        runpy.run_path(str(REPOSITORY / 'tools/report.py'), run_name='__main__')
    except SystemExit as finished:
        if finished.code:
            raise


@pytest.fixture(scope='module')
def comparison(ran: Runner) -> Comparison:
    return compare(ran.cfg, Path(ran.work_dir) / 'epoch_1.pth', flip_test=False)


def test_the_report_is_one_file_with_all_of_it(
    ran: Runner, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_dir = Path(ran.work_dir)
    write_json(work_dir / 'metrics.json', comparison.scores())
    write(monkeypatch, work_dir, '--samples', 10)
    page = (work_dir / 'report.html').read_text()
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    for text in (
        'teacher mpii',
        'coco AP',
        'coco+mpii mean of AP and PCKh@0.5',
        'upper_neck',
        'Loss terms',
        'checkpoint_sha256',
        'AdamW',
    ):
        assert text in page, text
    pictures = re.findall(r'src="data:image/jpeg;base64,([^"]*)"', page)
    assert len(pictures) == 4 * 4  # best, worst, and least agreed with each teacher
    for picture in pictures:
        assert cv2.imdecode(np.frombuffer(base64.b64decode(picture), np.uint8), 1) is not None


def test_samples_are_scored_on_the_area_that_evaluation_has(ran: Runner, synthetic: Path) -> None:
    gallery = SampleGallery(ran.cfg, Path(ran.work_dir) / 'epoch_1.pth', num_samples=8)
    dataset = gallery.samples.dataset
    people, file = People(dataset), synthetic / 'coco/annotations/person_keypoints_val2017.json'
    annotated = {one['id']: one['area'] for one in json.loads(file.read_text())['annotations']}
    for index, _, _ in gallery.found:
        person = dataset.get_data_info(index)
        assert gallery._area(index) == people.truth(index)['area']
        if person['source'] == 'coco':
            assert gallery._area(index) == pytest.approx(annotated[person['id']], rel=1e-6)


def test_a_comparison_comes_back_from_its_scores(comparison: Comparison) -> None:
    assert Comparison.from_scores(comparison.scores()).tables() == comparison.tables()
    alone = Comparison.from_scores(comparison.student.evaluation.scores())
    assert alone.tables()[0][1][0][0] == 'student'


def test_a_run_that_is_not_scored_or_has_no_data_is_reported_too(
    ran: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / 'report.html'
    gone = 'val_dataloader.dataset.sources.coco.dataset.data_root=nowhere'
    (tmp_path / 'run').mkdir()
    for entry in Path(ran.work_dir).iterdir():
        if entry.name != 'metrics.json':
            (tmp_path / 'run' / entry.name).symlink_to(entry)
    write(monkeypatch, tmp_path / 'run', '--out', out, '--cfg-options', gone)
    page = out.read_text()
    assert 'Not scored yet' in page and 'No pictures' in page and 'Loss terms' in page
    assert "no pictures of samples: source 'coco' is not in place" in capsys.readouterr().err


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['nowhere'], 'no work dir nowhere'),
        (['.'], 'no run has written there; give --config'),
        (['{run}', '--metrics', 'nowhere.json'], 'no file nowhere.json'),
        (['{run}', '--samples', '-1'], '--samples must be at least 0'),
        (['{run}', '--samples', '0', '--metrics', '{run}/distillation.jsonl'], 'is not JSON (Extra data'),
    ],
)
def test_mistakes(
    ran: Runner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    arguments: list[str],
    message: str,
) -> None:
    run, out = str(ran.work_dir), tmp_path / 'out.html'
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        write(monkeypatch, *(argument.replace('{run}', run) for argument in arguments), '--out', out)
    error = capsys.readouterr().err
    assert message in error and 'Traceback' not in error and not out.exists()
