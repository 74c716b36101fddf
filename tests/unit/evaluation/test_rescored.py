from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmpose.evaluation.metrics import CocoMetric

from tests.builders import write_teachers
from tests.evaluation_inputs import coco_file, sample, student_test_config, write_student
from tests.rescoring_inputs import write_rescorer
from unipose.evaluation import CocoKeypointMetric, UnifiedEvaluator
from unipose.evaluation.evaluate import evaluate_checkpoint, evaluate_teacher
from unipose.evaluation.format_scores import format_evaluation
from unipose.evaluation.rescored import configured_rescorer, rescore
from unipose.rescoring.rescorer import Rescorer
from unipose.skeletons import load_skeleton

COCO = load_skeleton('coco')


class Rising:
    """Says that each person is better than the one before."""

    def predict_instances(self, people: list) -> np.ndarray:
        return np.linspace(0.1, 0.9, len(people))


@pytest.mark.parametrize('kind', [CocoKeypointMetric, CocoMetric])
def test_ap_follows_the_rescorers_order(tmp_path: Path, kind: type) -> None:
    truth = 10 + 5.0 * np.arange(34).reshape(17, 2)
    person = np.concatenate([truth, np.full((17, 1), 2)], 1)
    file = coco_file(tmp_path / 'coco.json', [dict(keypoints=person), dict(keypoints=person, image_id=2)])
    metric = dict(type=kind.__name__, skeleton='coco', ann_file=file)
    people = [
        sample('coco', 0, truth, truth + 500, score=0.9, img_id=1),  # wrong, and sure of it
        sample('coco', 1, truth, truth, score=0.3, img_id=2),
    ]
    for one in people:
        one.pred_instances.set_field(np.float32([0.5]), 'bbox_scores')
    found = {}
    for name in ('', str(write_rescorer(tmp_path / 'rescorer.pth', 'coco'))):
        evaluator = UnifiedEvaluator(metrics=dict(coco=metric), skeleton='coco')
        if configured_rescorer(Config(dict(rescorer=name)), COCO, evaluator):
            rescore(people, Rising())
        evaluator.process(people)
        found[bool(name)] = evaluator.evaluate(2)['coco/AP']
    assert found == {False: pytest.approx(0.25, abs=0.01), True: pytest.approx(0.5, abs=0.01)}
    np.testing.assert_allclose([one.pred_instances.bbox_scores.item() for one in people], [0.1, 0.9])
    np.testing.assert_allclose(people[0].pred_instances.keypoint_scores, 0.9, rtol=1e-6)


def test_an_evaluation_with_a_rescorer(synthetic: Path, tmp_path: Path) -> None:
    config = student_test_config(synthetic)
    checkpoint = write_student(tmp_path / 'student.pth', config)
    plain = evaluate_checkpoint(config, checkpoint)
    config.rescorer = str(write_rescorer(tmp_path / 'rescorer.pth'))
    found = evaluate_checkpoint(config, checkpoint)
    assert found.protocol == plain.protocol | dict(rescorer='rescorer.pth')
    assert 'people scored by rescorer.pth' in format_evaluation(found)
    for record, before in zip(found.predictions, plain.predictions, strict=True):
        score = record.pop('score')
        assert record == before  # keypoints and their scores as they were
        arrays = (np.float32([record[key]]) for key in ('keypoints', 'scores'))
        rescorer = Rescorer.load(config.rescorer, load_skeleton('coco+mpii').names)
        assert score == pytest.approx(rescorer.predict(*arrays).item(), abs=1e-3)
    pck = {name: value for name, value in plain.metrics.items() if 'PCK' in name}
    assert {name: found.metrics[name] for name in pck} == pytest.approx(pck)
    with_skeleton = evaluate_checkpoint(config, checkpoint, skeleton='coco', scales=(1.0, 0.9))
    assert with_skeleton.protocol['rescorer'] == 'rescorer.pth'


def test_it_is_the_students(synthetic: Path, tmp_path: Path) -> None:
    config = student_test_config(synthetic, teachers=write_teachers(tmp_path))
    config.rescorer = 'none.pth'
    assert 'rescorer' not in evaluate_teacher(config, 'coco').protocol


def test_mistakes(synthetic: Path, tmp_path: Path) -> None:
    config = student_test_config(synthetic)
    checkpoint = write_student(tmp_path / 'student.pth', config)
    config.rescorer = str(tmp_path / 'none.pth')
    with pytest.raises(FileNotFoundError, match='rescorer not found.*none.pth'):
        evaluate_checkpoint(config, checkpoint)
    config.rescorer = str(write_rescorer(tmp_path / 'coco.pth', 'coco'))
    with pytest.raises(ValueError, match="other keypoints than the student's"):
        evaluate_checkpoint(config, checkpoint)
