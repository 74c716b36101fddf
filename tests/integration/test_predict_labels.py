"""tools/predict_labels.py: from a folder to a file, and from the file to a run that trains on it."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from tests.builders import CANVAS, model_config, train_config, write_teachers
from unipose.commands.train.preparation import prepare_training
from unipose.commands.train.runner import TrainingRunner

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'predict_labels.py'


@pytest.fixture
def tool(run_tool):
    return partial(run_tool, 'predict_labels.py')


@pytest.fixture
def config(synthetic: Path, tmp_path: Path) -> Config:
    model = model_config('coco+mpii', 21, teachers=write_teachers(tmp_path), canvas_size=CANVAS, combine='fused')
    config = train_config(synthetic, tmp_path / 'work', model, experiment_name=tmp_path.name)
    config.dump(tmp_path / 'config.py')
    return config


def test_what_it_prints_trains(tool, config: Config, synthetic: Path, tmp_path: Path) -> None:
    images = tmp_path / 'images'
    shutil.copytree(synthetic / 'coco/train2017', images)
    (images / 'text.jpg').write_text('not an image')
    out = tmp_path / 'people.json'
    (images / 'notes.txt').write_text('not read')
    done = tool(tmp_path / 'config.py', images, '--kpt-thr', 0, '--out', out)
    assert done.code == 3, done.err  # something was left out
    assert 'left out: 1 files that are neither images nor videos (1 .txt)' in done.err
    assert f'skipped: {images / "text.jpg"}: not an image' in done.err
    written = json.loads(out.read_text())
    assert len(written['images']) == len(written['annotations']) == 12  # whole images
    labelled = sum(person['num_keypoints'] for person in written['annotations'])
    assert f'12 people in 12 images, {labelled} of {12 * 21} keypoints labelled: {out}' in done.out

    snippet = Config.fromstring(done.out.partition('# in the config of a student\n')[2], '.py')
    config.train_dataloader.dataset.sources = snippet.train_dataloader.dataset.sources
    config.train_dataloader.batch_size = 6
    config.custom_hooks = [dict(type='DistillationLogHook')]
    prepare_training(config)
    runner = TrainingRunner.from_cfg(config)
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    after = torch.load(Path(config.work_dir) / 'epoch_1.pth', weights_only=True)
    assert after['meta']['iter'] == 2
    assert any(not torch.equal(value, before[key]) for key, value in after['state_dict'].items())
    logged = after['message_hub']['log_scalars']['train/loss_gt'].current()
    assert 0 < logged < float('inf')  # the labels are a ground truth


def test_boxes_of_a_file(tool, config: Config, synthetic: Path, tmp_path: Path) -> None:
    boxes, images = synthetic / 'coco/annotations/person_keypoints_val2017.json', synthetic / 'coco/val2017'
    out = tmp_path / 'people.json'
    done = tool(tmp_path / 'config.py', images, '--boxes', boxes, '--kpt-thr', 0, '--out', out)
    assert done.code == 0, done.err
    given, written = (json.loads(file.read_text()) for file in (boxes, out))
    assert [one['image_id'] for one in written['annotations']] == [one['image_id'] for one in given['annotations']]


def test_mistakes_are_told(tool, config: Config, synthetic: Path, tmp_path: Path) -> None:
    images, student = synthetic / 'coco/val2017', tmp_path / 'config.py'
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'list.json').write_text('[]')
    (tmp_path / 'bare.py').write_text('a = 1')
    (tmp_path / 'bad.jpg').write_text('not an image')
    found = ['--boxes', tmp_path / 'list.json']
    for arguments, message in {
        ('nowhere.py', images): 'config not found: nowhere.py',
        (student, 'nowhere'): 'no such file or folder: nowhere',
        (student, tmp_path / 'empty'): 'no image or video in',
        (student, images, *found): 'must be a mapping with lists of images and annotations',
        (student, *sorted(images.iterdir()), *found): 'name the one folder',
        (student, images, *found, '--det-model', 'x.onnx'): 'leave one out',
        (student, images, '--det-model', 'x.py'): '--det-model and --det-weights go together',
        (student, images, '--det-model', 'x.onnx'): 'no detector x.onnx',
        (student, tmp_path / 'bad.jpg'): f'in 1 images, 1 unreadable, such as {tmp_path / "bad.jpg"}: not an',
        (tmp_path / 'bare.py', images): 'no model with teachers',
        (student, images, '--kpt-thr', 2): 'within 0 to 1',
        (student, images, '--cfg-options', 'model.teachers=None'): 'no model with teachers',
    }.items():
        done = tool(*arguments, '--out', tmp_path / 'out.json')
        assert done.code == 2 and message in done.err, (message, done.err)
        assert 'Traceback' not in done.err and not (tmp_path / 'out.json').exists()
    done = tool(student, images, *found, '--out', tmp_path / 'list.json')
    assert done.code == 2 and 'over the input' in done.err


@pytest.mark.real
def test_a_detector_finds_the_people(tool, config: Config, real_data: Path, tmp_path: Path) -> None:
    detector = real_data / 'detector/rtmdet_nano_person.onnx'
    out = tmp_path / 'people.json'
    done = tool(tmp_path / 'config.py', real_data / 'photos', '--det-model', detector, '--kpt-thr', 0, '--out', out)
    assert done.code == 0, done.err
    assert len(json.loads(out.read_text())['annotations']) == 12
