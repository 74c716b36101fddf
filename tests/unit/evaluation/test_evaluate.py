import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config

from tests.builders import write_teachers
from tests.evaluation_inputs import UNION, student_test_config, write_student
from unipose.evaluation.evaluate import (
    evaluate_checkpoint,
    evaluate_ground_truth,
    evaluate_teacher,
)
from unipose.evaluation.format_scores import format_evaluation
from unipose.skeletons import load_skeleton


@pytest.fixture(scope='module')
def config(synthetic: Path) -> Config:
    return student_test_config(synthetic)


@pytest.fixture(scope='module')
def checkpoint(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_student(tmp_path_factory.mktemp('student') / 'student.pth', config, ema_state_dict={})


def assert_full_marks(metrics: dict[str, float]) -> None:
    assert metrics['coco/AP'] == pytest.approx(1.0)
    assert metrics['coco/AR'] == pytest.approx(1.0)
    assert metrics['coco/PCK@0.05sqrt(area)'] == 100
    assert metrics['mpii/PCKh@0.5'] == 100
    assert metrics['mpii/PCKh@0.1'] == 100
    assert metrics['mpii/mean_error_px'] == pytest.approx(0, abs=1e-4)
    assert metrics['mpii/mmpose_compatible/PCK@0.1'] == pytest.approx(100)


def test_ground_truth(config: Config) -> None:
    evaluation = evaluate_ground_truth(config)
    assert_full_marks(evaluation.metrics)
    assert set(evaluation.per_keypoint['coco']) == set(load_skeleton('coco').names)
    assert set(evaluation.per_keypoint['mpii']) == set(load_skeleton('mpii').names)
    for keypoint, values in evaluation.per_keypoint['mpii'].items():
        assert values == {'PCKh@0.5': 100, 'PCKh@0.1': 100, 'error_px': pytest.approx(0, abs=1e-4)}, keypoint


@pytest.mark.real
def test_ground_truth_of_real_files(real_data: Path) -> None:
    evaluation = evaluate_ground_truth(student_test_config(real_data))
    assert evaluation.protocol['num_samples'] == dict(coco=40, mpii=5)
    assert_full_marks(evaluation.metrics)


def test_a_student(config: Config, checkpoint: Path) -> None:
    evaluation = evaluate_checkpoint(config, checkpoint)
    protocol = evaluation.protocol
    assert protocol['flip_test'] is True
    assert protocol['ema'] is True
    assert protocol['boxes'] == dict(coco='ground truth', mpii='ground truth')
    assert protocol['padding'] == dict(coco=1.25, mpii=0.9375)
    assert protocol['input_size'] == [96, 128]
    assert protocol['checkpoint'] == 'student.pth'
    assert len(protocol['checkpoint_sha256']) == 64
    counts = protocol['num_samples']
    assert min(counts.values()) >= 8

    assert len(evaluation.predictions) == sum(counts.values())
    assert evaluation.keypoint_names == UNION.names
    for record in evaluation.predictions:
        assert np.shape(record['keypoints']) == (21, 2)
        assert np.shape(record['scores']) == (21,)
        assert '/' not in record['image']
    # predictions are in image pixels: inside the crop, which is not much larger than the box
    first = evaluation.predictions[0]
    left, top, right, bottom = first['bbox']
    reach = 1.3 * max(right - left, bottom - top)
    middle = np.array([left + right, top + bottom]) / 2
    assert np.abs(np.array(first['keypoints']) - middle).max() < reach

    assert evaluation.scores().keys() == {'protocol', 'metrics', 'per_keypoint'}
    assert evaluation.dump()['keypoint_names'] == list(UNION.names)

    unflipped, aligned = (evaluate_checkpoint(config, checkpoint, flip_test) for flip_test in (False, 'aligned'))
    assert (unflipped.protocol['flip_test'], aligned.protocol['flip_test']) == (False, 'aligned')
    assert all(one.predictions != evaluation.predictions for one in (unflipped, aligned))
    offsets = {'mpii/offset_x_input_px', 'mpii/offset_y_input_px'}
    assert offsets <= set(unflipped.metrics) and not offsets & {*evaluation.metrics, *aligned.metrics}


def test_detected_boxes(config: Config, checkpoint: Path, synthetic: Path, tmp_path: Path) -> None:
    annotations = json.loads((synthetic / 'coco/annotations/person_keypoints_val2017.json').read_text())['annotations']
    boxes = [dict(image_id=a['image_id'], category_id=1, bbox=a['bbox'], score=0.9) for a in annotations]
    (tmp_path / 'boxes.json').write_text(json.dumps(boxes))
    other = config.copy()
    other.test_dataloader.dataset.sources.coco.dataset.bbox_file = str(tmp_path / 'boxes.json')
    evaluation = evaluate_checkpoint(other, checkpoint)
    assert evaluation.protocol['boxes'] == dict(coco='detected (boxes.json)', mpii='ground truth')
    assert evaluation.protocol['num_samples']['coco'] == len(boxes)
    assert 'coco/AP' in evaluation.metrics
    assert 'coco/PCK@0.05sqrt(area)' not in evaluation.metrics
    assert set(evaluation.per_keypoint) == {'mpii'}
    assert 'boxes: detected (boxes.json)' in format_evaluation(evaluation)


def test_data_workers_change_nothing(config: Config, checkpoint: Path) -> None:
    other = config.copy()
    other.merge_from_dict({'test_dataloader.num_workers': 2, 'test_dataloader.batch_size': 3})
    assert evaluate_checkpoint(other, checkpoint).metrics == evaluate_checkpoint(config, checkpoint).metrics


def test_teachers(config: Config, tmp_path: Path) -> None:
    config = config.copy()
    config.model.teachers = write_teachers(tmp_path)
    for name, size in (('coco', [96, 128]), ('mpii', [128, 128])):
        evaluation = evaluate_teacher(config, name)
        assert evaluation.keypoint_names == load_skeleton(name).names
        assert {metric.split('/')[0] for metric in evaluation.metrics} == {name}
        assert evaluation.protocol['input_size'] == size
        assert evaluation.protocol['padding'] == {name: 1.25}
        assert evaluation.protocol['skeleton'] == name
        assert evaluation.protocol['checkpoint'] == f'{name}.pth'
        assert {record['source'] for record in evaluation.predictions} == {name}
    elsewhere = torch.load(tmp_path / 'mpii.pth', weights_only=True)
    torch.save(elsewhere, tmp_path / 'other.pth')
    assert evaluate_teacher(config, 'mpii', checkpoint=tmp_path / 'other.pth').metrics == evaluation.metrics


def test_errors(config: Config, checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match='none.pth'):
        evaluate_checkpoint(config, tmp_path / 'none.pth')
    (tmp_path / 'cut.pth').write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(ValueError, match='cut.pth is truncated'):
        evaluate_checkpoint(config, tmp_path / 'cut.pth')
    teacher = write_teachers(tmp_path)['coco']
    with pytest.raises(ValueError, match='has 17 outputs, skeleton coco.mpii has 21'):
        evaluate_checkpoint(config, teacher['checkpoint'])
    with pytest.raises(ValueError, match='predicts 17 keypoints, but .*coco.mpii.* with 21'):
        other = config.copy()
        other.model = Config.fromfile(teacher['config']).model
        evaluate_checkpoint(other, teacher['checkpoint'])
    with pytest.raises(ValueError, match=r'makes inputs of \(128, 128\), the model takes \(96, 128\)'):
        other = config.copy()
        other.test_dataloader.dataset.pipeline[2].input_size = (128, 128)
        evaluate_checkpoint(other, checkpoint)


@pytest.mark.parametrize('workers', [0, 2])
def test_a_damaged_image(config: Config, checkpoint: Path, synthetic: Path, tmp_path: Path, workers: int) -> None:
    shutil.copytree(synthetic, tmp_path / 'data')
    victim = sorted((tmp_path / 'data/coco/val2017').glob('*.jpg'))[0]
    victim.write_bytes(victim.read_bytes()[:500])
    other = student_test_config(tmp_path / 'data')
    other.test_dataloader.num_workers = workers
    with pytest.raises(ValueError) as caught:
        evaluate_checkpoint(other, checkpoint)
    message = str(caught.value)
    assert message.startswith(str(victim))
    assert message.endswith('get this file again: scores of fewer people would not compare')
    assert 'Traceback' not in message
