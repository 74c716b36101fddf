"""The demo from end to end, on a handful of people."""

import json
from pathlib import Path

import cv2
import pytest
from mmengine.config import Config

from tests.student_export import write_exported
from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.demo import draw_photograph, run_demo


@pytest.fixture(scope='module')
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp('demo')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        config = Config.fromfile(REPOSITORY / 'configs/demo/distill.py')
        config.merge_from_dict({'train_cfg.max_epochs': 1, 'train_cfg.val_interval': 1, 'work_dir': 'work'})
        for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
            config[loader].update(num_workers=0, persistent_workers=False, batch_size=8)
        metrics = run_demo(config, num_train=8, num_val=12)
    return folder / 'work', metrics


def test_it_leaves_what_it_promises(ran: tuple[Path, dict]) -> None:
    work_dir, _ = ran
    content = json.loads((work_dir / 'metrics.json').read_text())
    assert set(content) == {'student', 'teachers', 'kept'} and set(content['teachers']) == {'coco', 'mpii'}
    assert content['student']['protocol']['ema'] is True
    assert (work_dir / 'student.pth').is_file() and (work_dir / 'student.py').is_file()
    assert len(list((work_dir / 'overlays').glob('*.jpg'))) == 12
    assert cv2.imread(str(work_dir / 'people.jpg')).shape == (3 * 512, 4 * 512, 3)


def test_the_teachers_that_come_with_it_are_good(ran: tuple[Path, dict]) -> None:
    teachers = ran[1]['teachers']
    assert teachers['coco']['metrics']['coco/PCK@0.05sqrt(area)'] > 75  # on a dozen images
    assert teachers['mpii']['metrics']['mpii/PCKh@0.5'] > 85


def test_what_is_kept_is_the_students_share_of_each_teacher(ran: tuple[Path, dict]) -> None:
    _, metrics = ran
    for name, kept in metrics['kept'].items():
        ours, theirs = (
            who['metrics'][f'{name}/{kept["measure"]}'] for who in (metrics['student'], metrics['teachers'][name])
        )
        assert kept['ratio'] == pytest.approx(ours / theirs)
        assert len(kept['per_keypoint']) == dict(coco=17, mpii=16)[name]


def test_it_ends_with_a_photograph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    student = write_exported(tmp_path)
    monkeypatch.setattr('unipose.commands.demo.default_student', lambda: student)
    about, where = draw_photograph(tmp_path / 'drawn.jpg').splitlines()
    assert about.startswith("unipose's own student: 21 keypoints") and where.endswith(f': {tmp_path / "drawn.jpg"}')
    assert cv2.imread(str(tmp_path / 'drawn.jpg')).shape == (512, 512, 3)
    monkeypatch.undo()
    monkeypatch.setattr('importlib.resources.files', lambda _: tmp_path / 'nowhere')
    assert draw_photograph(tmp_path / 'none.jpg').startswith(
        'a real person is not drawn: this copy of unipose has no student'
    )
    assert not (tmp_path / 'none.jpg').exists()


def test_weights_in_the_repository_are_small() -> None:
    files = list((REPOSITORY / 'teachers/demo').glob('*.pth'))
    assert len(files) == 3 and all(file.stat().st_size < 4e6 for file in files)
