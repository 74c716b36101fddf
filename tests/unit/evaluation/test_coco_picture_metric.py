from pathlib import Path

import numpy as np
import pytest
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from tests.evaluation_inputs import coco_file
from unipose.evaluation import UnifiedEvaluator

PEOPLE = 10 + np.random.default_rng(0).uniform(0, 100, (3, 17, 2))


def picture(number: int, keypoints: np.ndarray, scores: list, **found: np.ndarray) -> PoseDataSample:
    sample = PoseDataSample(metainfo=dict(source='coco', id=(), img_id=number, img_path=f'{number}.jpg'))
    keypoint_scores = np.repeat(np.reshape(scores, (-1, 1)), 17, 1)
    sample.gt_instances = InstanceData()
    sample.pred_instances = InstanceData(keypoints=keypoints, keypoint_scores=keypoint_scores, **found)
    return sample


def evaluate(tmp_path: Path, *pictures: PoseDataSample, kind: str = 'CocoPictureMetric') -> dict[str, float]:
    """Of three people, two in the first picture and one in the second; nobody is in the third."""
    annotated = [np.concatenate([person, np.full((17, 1), 2)], 1) for person in PEOPLE]
    images = [1, 1, 2]
    people = [dict(keypoints=person, image_id=image) for person, image in zip(annotated, images)]
    people.append(dict(keypoints=np.zeros((17, 3)), image_id=3))
    metric = dict(type=kind, skeleton='coco', ann_file=coco_file(tmp_path / 'coco.json', people))
    evaluator = UnifiedEvaluator(metrics=dict(coco=metric), skeleton='coco')
    evaluator.process(pictures)
    return evaluator.evaluate(len(pictures))


def test_everybody_in_a_picture_counts(tmp_path: Path) -> None:
    whole = picture(1, PEOPLE[:2], [0.9, 0.8]), picture(2, PEOPLE[2:], [0.7]), picture(3, PEOPLE[:0], [])
    metrics = evaluate(tmp_path, *whole)
    assert metrics['coco/AP'] == metrics['coco/AR'] == pytest.approx(1)
    assert not any('PCK' in name for name in metrics)
    missed = evaluate(tmp_path, picture(1, PEOPLE[:1], [0.9]), *whole[1:])
    assert missed['coco/AR'] == pytest.approx(2 / 3)


def test_people_are_sorted_by_what_the_model_says_of_them(tmp_path: Path) -> None:
    found = PEOPLE[:2], [0.9, 0.8]
    beside = picture(2, np.stack([PEOPLE[2] + 500, PEOPLE[2]]), [0.5, 0.7])  # the wrong one comes last
    assert evaluate(tmp_path, picture(1, *found), beside)['coco/AP'] == pytest.approx(1)
    said = dict(bbox_scores=np.array([0.99, 0.7]))
    wrong_first = picture(2, np.stack([PEOPLE[2] + 500, PEOPLE[2]]), [0.5, 0.7], **said)
    assert evaluate(tmp_path, picture(1, *found), wrong_first)['coco/AP'] == pytest.approx(0.75, abs=0.01)


def test_where_nobody_is_found_ap_is_0(tmp_path: Path) -> None:
    metrics = evaluate(tmp_path, *(picture(number, PEOPLE[:0], []) for number in (1, 2, 3)))
    assert metrics['coco/AP'] == metrics['coco/AR50'] == 0


def test_a_picture_that_is_not_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='image 9 is not in .*annotation file'):
        evaluate(tmp_path, picture(9, PEOPLE, [1, 1, 1]))


def test_a_metric_of_people_refuses_pictures(tmp_path: Path) -> None:
    whole = picture(1, PEOPLE[:2], [0.9, 0.8])
    with pytest.raises(ValueError, match='CocoKeypointMetric scores people one by one.*by a CocoPictureMetric'):
        evaluate(tmp_path, whole, kind='CocoKeypointMetric')
