"""People annotated with other tools: YOLO's, Label Studio's and CVAT's files, checked, converted, taught and scored."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.registry import DATASETS, EVALUATORS

from tests.builders import CANVAS, model_config, train_config
from tests.cvat_files import coco_keypoints, ultralytics_pose
from tests.evaluation_inputs import data_config
from tests.label_studio_files import export, keypoint, rectangle, task
from tests.yolo_files import PERSON, SKELETON, dataset, from_coco, picture
from unipose.commands.main import main
from unipose.commands.train.preparation import prepare_training
from unipose.commands.train.runner import TrainingRunner
from unipose.datasets.source import Source
from unipose.evaluation.ground_truth import predict_ground_truth
from unipose.files.yolo_pose import read_yolo_pose
from unipose.skeletons import load_skeleton

COCO = load_skeleton('coco')


@pytest.fixture(scope='module')
def yolo(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic COCO people in Ultralytics' layout."""
    return from_coco(synthetic / 'coco', tmp_path_factory.mktemp('yolo') / 'mine')


@pytest.fixture
def face(tmp_path: Path) -> Path:
    (tmp_path / 'face.py').write_text(f'dataset_info = {SKELETON}')
    return tmp_path / 'face.py'


@pytest.fixture
def check(run_tool, tmp_path: Path):
    def run(*arguments: object) -> tuple[int, list[tuple[str, str, str]]]:
        done = run_tool('check_dataset.py', *arguments, '--workers', 2, '--json', tmp_path / 'found.json')
        assert done.code in (0, 1), done.err
        found = json.loads((tmp_path / 'found.json').read_text())['findings']
        return done.code, [(one['split'], one['kind'], f'{one["where"]} {one["what"]}') for one in found]

    return run


def scores_of_the_truth(source: dict[str, Any], metric: dict[str, Any], shift: float = 0.0) -> dict[str, float]:
    """Scores of whoever predicts what is annotated, so many pixels to the right."""
    options = dict(data_config(Path())['test_dataloader']['dataset'], skeleton='coco')
    people = DATASETS.build(dict(options, sources=dict(mine=dict(skeleton='coco', dataset=source))))
    judge = EVALUATORS.build(
        dict(type='UnifiedEvaluator', skeleton='coco', metrics=dict(mine=dict(metric, skeleton='coco')))
    )
    for index in range(len(people)):
        sample = predict_ground_truth(people[index]['data_samples'])
        sample.pred_instances.keypoints += np.array([shift, 0.0])
        judge.process([sample])
    return judge.evaluate(len(people))


def test_a_pose_dataset_of_clean_people_has_no_finding(check, yolo: Path) -> None:
    assert check('--ann-file', yolo, '--skeleton', 'coco') == (0, [])
    assert check('--ann-file', yolo) == (0, [])  # boxes alone


def test_faults_of_a_pose_dataset_are_found(check, face: Path, tmp_path: Path) -> None:
    rows = dict(a=f'{PERSON}\n{PERSON}\n0 0.5 0.5 0.4 0.8', b=PERSON.replace('0.5 0.5 0.4 0.8', '0.1 0.9 0.02 0.02'))
    file = dataset(tmp_path / 'mine', dict(rows, c=None, d=f'1{PERSON[1:]}'), names=['person', 'horse'], val=None)
    (tmp_path / 'mine/images/train/e.jpg').write_text('no image')
    code, found = check('--ann-file', file, '--skeleton', face, '--classes', 'person')
    assert code == 1 and [(kind, where.split()[0]) for _, kind, where in found if kind != 'no-people'] == [
        ('person-twice', 'labels/train/a.txt:2'),
        ('broken-row', 'labels/train/a.txt:3'),
        ('left-out', 'labels/train/d.txt:1'),
        ('damaged-image', 'images/train/e.jpg'),
        ('keypoint-off-box', 'annotation'),
    ]


def test_keypoints_of_another_skeleton_are_one_finding(check, yolo: Path, face: Path, tmp_path: Path) -> None:
    code, found = check('--ann-file', yolo, '--skeleton', face)
    assert code == 1 and [kind for _, kind, _ in found] == ['keypoint-names'] * 2  # of train and val
    assert "kpt_shape says 17 keypoints, skeleton 'face' has 3" in found[0][2]
    flipped = dataset(tmp_path / 'flipped', dict(a=PERSON), flip_idx=[0, 1, 2], val=None)
    (_, kind, said), *others = check('--ann-file', flipped, '--skeleton', face)[1]
    assert kind == 'keypoint-names' and '1 left_eye by 1 left_eye, not 2 right_eye' in said and not others


def test_mistakes_are_told(yolo: Path, run_tool, capsys: pytest.CaptureFixture, face: Path, tmp_path: Path) -> None:
    tool = partial(run_tool, 'check_dataset.py', '--ann-file')
    two = dataset(tmp_path / 'two', dict(a=PERSON), names=['person', 'horse'], val=None)
    neither = dataset(tmp_path / 'neither', dict(a=PERSON), 'test', train=None, val=None, test='images/test')
    for arguments, message in [
        ((yolo, '--images', yolo.parent), 'a data.yaml says where images are'),
        ((yolo.with_suffix('.json'), '--images', yolo.parent, '--classes', 'a'), '--classes are those of'),
        ((two, '--skeleton', face), "has the classes ['person', 'horse']; say whom to read: classes=['person']"),
        ((neither, '--skeleton', face), 'says of neither train nor val'),
        ((tmp_path / 'none.yaml',), 'no file'),
    ]:
        done = tool(*arguments)
        assert done.code == 2 and message in done.err.splitlines()[-1], (arguments, done.err)
    for arguments, message in [
        (('yolo', yolo, '--split', 'test'), "no split 'test'"),
        (('yolo', yolo, '--split', 'val', '--images', tmp_path), 'yolo takes --split, and no --images'),
        (('label-studio', yolo), 'label-studio takes --images'),
        (('label-studio', yolo, '--images', tmp_path), 'is not JSON'),
        (('label-studio', tmp_path / 'out.json', '--images', tmp_path), 'would be written over the input'),
    ]:
        with pytest.raises(SystemExit) as ended:
            main(['convert', *map(str, arguments), '--skeleton', 'coco', '--out', str(tmp_path / 'out.json')])
        assert ended.value.code == 2 and message in capsys.readouterr().err.splitlines()[-1], arguments


def test_what_is_converted_is_what_is_read(yolo: Path, check, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / 'val.json'
    assert not main(['convert', 'yolo', str(yolo), '--split', 'val', '--skeleton', 'coco', '--out', str(out)])
    said = capsys.readouterr().out
    assert f'people in 8 images (0 without people), {sum(p["num_keypoints"] for p in _people(out))} keypoints' in said
    assert json.loads(out.read_text()) == read_yolo_pose(yolo, 'val', skeleton=COCO).content
    assert check('--ann-file', out, '--images', yolo.parent, '--skeleton', 'coco') == (0, [])
    given = Config.fromstring(said[said.index('# in the config') :], '.py')
    source = given['train_dataloader']['dataset']['sources']['mine']
    assert len(Source('mine', union=COCO, **source)) == len(_people(out))
    metrics = dict(type='YoloKeypointMetric', ann_file=str(yolo)), dict(type='CocoKeypointMetric', ann_file=str(out))
    sources = dict(type='YoloPoseDataset', ann_file=str(yolo), split='val'), source['dataset']
    read, converted = (scores_of_the_truth(*pair, shift=2.0) for pair in zip(sources, metrics))
    assert read == pytest.approx(converted, nan_ok=True) and 0 < read['mine/AP'] < 1


def test_a_student_learns_from_a_pose_dataset(yolo: Path, tmp_path: Path) -> None:
    model = model_config('coco', 17, canvas_size=CANVAS)
    config = train_config(tmp_path, tmp_path / 'run', model, experiment_name='yolo')
    people = dict(type='YoloPoseDataset', ann_file=str(yolo))
    config.train_dataloader.dataset.skeleton = 'coco'
    config.train_dataloader.dataset.sources = dict(mine=dict(skeleton='coco', dataset=dict(people, split='train')))
    validation = data_config(tmp_path, 'coco')
    validation['test_dataloader']['dataset']['sources'] = dict(
        mine=dict(skeleton='coco', dataset=dict(people, split='val'))
    )
    validation['test_evaluator']['metrics'] = dict(
        mine=dict(type='YoloKeypointMetric', skeleton='coco', ann_file=str(yolo))
    )
    config.val_dataloader, config.val_evaluator = validation['test_dataloader'], validation['test_evaluator']
    config.val_cfg = dict()
    prepare_training(config)
    runner = TrainingRunner.from_cfg(config)
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    after = torch.load(tmp_path / 'run/epoch_1.pth', weights_only=True)['state_dict']
    assert any(not torch.equal(value, before[key]) for key, value in after.items() if key.startswith('head.'))
    assert 0 <= runner.message_hub.get_scalar('val/mine/AP').current() <= 1


def test_label_studio(check, face: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    picture(tmp_path / 'images/a.jpg')
    boxes = rectangle('left', 10, 20, 30, 60), rectangle('right', 60, 20, 30, 60)
    eyes = keypoint('nose', 20, 40, 'left'), keypoint('left_eye', 75, 30, 'right')
    file = export(tmp_path / 'export.json', task(*boxes, *eyes), task(image='gone.jpg'))
    out = tmp_path / 'people.json'
    arguments = ['--images', tmp_path / 'images', '--skeleton', face, '--out', out]
    assert not main(['convert', 'label-studio', str(file), *map(str, arguments)])
    said = capsys.readouterr().out
    assert said.startswith(f'2 people in 1 images (0 without people), 2 keypoints labelled: {out}\nleft out: 1 tasks ')
    assert check('--ann-file', out, '--images', tmp_path / 'images', '--skeleton', face) == (0, [])


def test_coco_keypoints_of_cvat(synthetic: Path, check, tmp_path: Path) -> None:
    file, images = coco_keypoints(synthetic / 'coco', tmp_path / 'cvat')
    code, found = check('--ann-file', file, '--images', images, '--skeleton', 'coco')
    assert (code, [kind for _, kind, _ in found]) == (0, ['area-of-box'])  # by which AP comes out too high
    source = dict(type='CocoDataset', ann_file=str(file), data_prefix=dict(img=str(images)))
    assert len(Source('mine', source, COCO, COCO)) == len(_people(file))
    metric = dict(type='CocoKeypointMetric', ann_file=str(file))
    found = scores_of_the_truth(source, metric)
    assert found['mine/AP'] == pytest.approx(1.0) and found['mine/PCK@0.05sqrt(area)'] == 100.0


def test_ultralytics_pose_of_cvat(synthetic: Path, check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ultralytics_pose(from_coco(synthetic / 'coco', tmp_path / 'cvat').parent)
    (tmp_path / 'elsewhere').mkdir()
    monkeypatch.chdir(tmp_path / 'elsewhere')
    assert check('--ann-file', file, '--skeleton', 'coco') == (0, [])


def _people(file: Path) -> list[dict[str, Any]]:
    return json.loads(file.read_text())['annotations']
