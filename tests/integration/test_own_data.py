"""docs/own_data.md: its commands, from an empty folder to an exported student, on a handful of people."""

import json
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.config import Config
from mmpose.registry import METRICS

from tests.yolo_files import dataset
from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.main import main
from unipose.datasets.source import Source
from unipose.evaluation.evaluate import evaluate_teacher
from unipose.files import read_image
from unipose.runtime.onnx_pose_estimator import OnnxPoseEstimator
from unipose.skeletons import load_skeleton

DOC = (REPOSITORY / 'docs/own_data.md').read_text()
MINE = load_skeleton(REPOSITORY / 'docs/own_data/skeleton.py').names
SIZES = dict(train=16, val=6)


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all commands leave, run as they are written and in this order, but on fewer people."""
    folder = tmp_path_factory.mktemp('own_data')
    for name in ('configs', 'docs', 'teachers'):
        (folder / name).symlink_to(REPOSITORY / name)
    commands = ''.join(re.findall(r'```bash\n(.*?)```', DOC, re.S)).replace('\\\n', '').splitlines()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in commands:
            run(re.sub(r'--(train|val) \d+', lambda size: f'--{size[1]} {SIZES[size[1]]}', command), patch)
    return folder


def run(command: str, patch: pytest.MonkeyPatch) -> None:
    """Runs a command; Python's and unipose's in this process, where everything is imported already."""
    program, *arguments = shlex.split(command, comments=True)
    try:
        if program == 'unipose':
            code = main(arguments)
        elif program == 'python':
            patch.setattr(sys, 'argv', arguments)
            runpy.run_path(arguments[0], run_name='__main__')
            code = 0
        else:
            code = subprocess.run([program, *arguments]).returncode
    except SystemExit as finished:
        code = finished.code
    assert not code, command


def test_the_doc_shows_the_files_as_they_are() -> None:
    files = ''.join(path.read_text() for path in (REPOSITORY / 'docs/own_data').glob('*.py'))
    shown = re.findall(r'```python\n(.*?)```', DOC, re.S)
    assert len(shown) == 5 and all(block in files for block in shown)


def test_every_source_is_scored_by_its_own_metric(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = json.loads((folder / 'work_dirs/distill/metrics.json').read_text())
    student, teachers = found['student'], found['teachers']
    for name, measure in (('coco', 'coco/AP'), ('mpii', 'mpii/PCKh@0.5'), ('mine', 'mine/AP')):
        assert measure in student['metrics'] and measure in teachers[name]['metrics']
    assert set(student['per_keypoint']['mine']) == set(MINE)
    alone = json.loads((folder / 'work_dirs/teacher/metrics.json').read_text())
    monkeypatch.chdir(folder)

    def scored(**options: bool) -> dict[str, float | None]:
        metrics = evaluate_teacher('my_pose/distill.py', 'mine', **options).metrics
        return {name: None if value != value else value for name, value in metrics.items()}

    assert scored() == alone['metrics'] and scored(canvas=True) == teachers['mine']['metrics']
    # the student's window is this teacher's own crop; its places are the same, but for how mirror images are averaged
    crop, canvas = (scored(flip_test=False, canvas=canvas) for canvas in (False, True))
    assert crop['mine/PCK@0.05sqrt(area)'] == canvas['mine/PCK@0.05sqrt(area)'] > 0


def test_the_third_teacher_taught(folder: Path) -> None:
    lines = (folder / 'work_dirs/distill/distillation.jsonl').read_text().splitlines()
    taught = [json.loads(line)['terms']['kd_mine'] for line in lines]
    assert len(taught) == 16 and all(term['loss'] > 0 for term in taught)
    assert taught[-1]['raw'] < taught[0]['raw']


def test_the_exported_student_predicts_the_union(folder: Path) -> None:
    student = OnnxPoseEstimator(folder / 'work_dirs/student.onnx')
    new = [name for name in MINE if name.partition('_')[2] in ('fingers', 'heel', 'big_toe')]
    assert student.facts['keypoint_names'] == [*load_skeleton('coco+mpii').names, *new]
    image = read_image(folder / 'my_pose/data/val/000001.jpg')
    keypoints, scores = student(image, [[0, 0, image.shape[1], image.shape[0]]])
    assert keypoints.shape == (1, 27, 2) and scores.shape == (1, 27)


def test_labels_of_yolo_take_their_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keypoints = ' '.join(f'{0.3 + 0.04 * number:.2f} 0.5 2' for number in range(len(MINE)))
    data = dict(kpt_shape=[10, 3], flip_idx=[1, 0, 3, 2, 5, 4, 7, 6, 9, 8])
    for split in ('train', 'val'):
        dataset(folder / 'my_pose/yolo', dict(a=f'0 0.5 0.5 0.6 0.6 {keypoints}'), split, **data)
    monkeypatch.chdir(folder)
    config = Config.fromfile('my_pose/yolo.py')
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        source = loader.dataset.sources.mine
        assert len(Source('mine', union=load_skeleton(loader.dataset.skeleton), **source)) == 1
    METRICS.build({key: value for key, value in config.test_evaluator.metrics.mine.items() if key != 'skeleton'})


def test_there_are_pictures_to_look_at(folder: Path) -> None:
    assert len(list((folder / 'work_dirs/windows').glob('mine_*.png'))) == 8
    assert len(list((folder / 'work_dirs/pictures').glob('*.jpg'))) == SIZES['val']
