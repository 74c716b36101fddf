import copy
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from tests.evaluation_inputs import student_test_config
from tests.rescoring_inputs import write_rescorer
from tests.whole_pictures import dekr_config, write_dekr
from unipose.evaluation.configs import detected_config, student_config
from unipose.evaluation.evaluate import evaluate_checkpoint, evaluate_ground_truth
from unipose.evaluation.format_scores import format_evaluation
from unipose.evaluation.ways import scales_of_test


@pytest.fixture(scope='module')
def config(synthetic: Path) -> Config:
    return dekr_config(synthetic)


@pytest.fixture(scope='module')
def checkpoint(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dekr(tmp_path_factory.mktemp('dekr') / 'dekr.pth', config)


def test_ground_truth(config: Config) -> None:
    evaluation = evaluate_ground_truth(config)
    assert evaluation.metrics['coco/AP'] == evaluation.metrics['coco/AR'] == pytest.approx(1)
    assert evaluation.protocol['num_samples'] == dict(coco=8)


def test_a_model(config: Config, checkpoint: Path) -> None:
    evaluation = evaluate_checkpoint(config, checkpoint)
    assert set(evaluation.metrics) >= {'coco/AP', 'coco/AR'}
    assert evaluation.protocol['boxes'] == dict(coco='found by the model') and not evaluation.protocol['padding']
    assert evaluation.protocol['input_size'] == [128, 128] and evaluation.protocol['flip_test'] is True
    assert 'coco: 8 pictures, people found by the model' in format_evaluation(evaluation)
    json.dumps(evaluation.dump(), allow_nan=False)
    first = [record for record in evaluation.predictions if record['img_id'] == evaluation.predictions[0]['img_id']]
    assert [record['id'] for record in first] == list(range(len(first)))
    for record in first:
        assert record['score'] == pytest.approx(np.mean(record['scores']), abs=1e-3)
        keypoints = np.array(record['keypoints'])
        np.testing.assert_allclose(record['bbox'], [*keypoints.min(0), *keypoints.max(0)], atol=0.01)


def test_pictures_of_one_name_in_two_folders(config: Config, checkpoint: Path, synthetic: Path, tmp_path: Path) -> None:
    content = json.loads((synthetic / 'coco/annotations/person_keypoints_val2017.json').read_text())
    for image, folder in zip(content['images'], 'abcdefgh', strict=True):
        (tmp_path / folder).mkdir()
        shutil.copy(synthetic / 'coco/val2017' / image['file_name'], tmp_path / folder / 'one.jpg')
        image['file_name'] = f'{folder}/one.jpg'
    file = tmp_path / 'people.json'
    file.write_text(json.dumps(content))
    config = copy.deepcopy(config)
    config.test_dataloader.dataset.sources.coco.dataset.update(ann_file=str(file), data_prefix=dict(img=str(tmp_path)))
    config.test_evaluator.metrics.coco.ann_file = str(file)
    found = evaluate_checkpoint(config, checkpoint).predictions
    assert {record['img_id'] for record in found} == {image['id'] for image in content['images']}


def test_several_scales(config: Config, checkpoint: Path) -> None:
    scales = scales_of_test(config, multiscale=True)
    assert scales == (1.0, 0.5, 2.0) and scales_of_test(config, multiscale=False) == (1.0,)
    evaluation = evaluate_checkpoint(config, checkpoint, flip_test=False, scales=scales)
    assert evaluation.protocol['scales'] == [1.0, 0.5, 2.0] and evaluation.protocol['input_size'] == [128, 128]
    assert len(evaluation.predictions) > 8


def test_a_rescorer_gives_everybody_a_score(config: Config, checkpoint: Path, tmp_path: Path) -> None:
    rescored = config.copy()
    rescored.rescorer = str(write_rescorer(tmp_path / 'rescorer.pth', 'coco'))
    plain, scored = (evaluate_checkpoint(one, checkpoint).predictions for one in (config, rescored))
    assert [record['keypoints'] for record in plain] == [record['keypoints'] for record in scored]
    assert len({record['score'] for record in scored}) > 8
    assert [record['score'] for record in plain] != [record['score'] for record in scored]


def test_models_and_samples_must_be_of_one_kind(config: Config, synthetic: Path) -> None:
    students = student_test_config(synthetic)
    students.model = config.model
    with pytest.raises(ValueError, match='a BottomupPoseEstimator takes whole pictures, .* a Unified'):
        student_config(students)
    with pytest.raises(ValueError, match='finds people itself; leave out the boxes'):
        detected_config(config, dict(coco='boxes.json'))


def test_an_aligned_flip_test_is_refused(config: Config, checkpoint: Path) -> None:
    with pytest.raises(ValueError, match='DEKRHead with codec SPR .* use flip_test=True'):
        evaluate_checkpoint(config, checkpoint, flip_test='aligned')


def test_a_model_without_a_flip_test(config: Config) -> None:
    from types import SimpleNamespace

    from mmpose.models.heads.hybrid_heads import RTMOHead

    from unipose.evaluation.whole_pictures import WholePictures

    model = SimpleNamespace(head=RTMOHead.__new__(RTMOHead), test_cfg=dict(flip_test=True))
    with pytest.raises(ValueError, match='a RTMOHead has no flip test; score it with --tta none'):
        WholePictures(config, model, (1.0,))
    model.test_cfg = {}
    with pytest.raises(ValueError, match='without multiscale'):
        WholePictures(config, model, (1.0, 2.0))
