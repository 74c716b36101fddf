import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.structures import InstanceData
from mmpose.registry import EVALUATORS
from mmpose.structures import PoseDataSample

from tests.evaluation_inputs import sample
from unipose.evaluation import UnifiedEvaluator
from unipose.skeletons import load_skeleton

CROWDPOSE = load_skeleton('crowdpose')
CROWDING = (0.1, 0.5, 0.8)
PLACES = np.random.default_rng(0).uniform(10, 90, (3, len(CROWDPOSE), 2))


def annotations(path: Path, **changes: Any) -> Path:
    """Three people, one in each picture, as CrowdPose writes them: without areas."""
    names = ('easy', 'medium', 'hard')
    images = [
        dict(id=number, file_name=f'{name}.jpg', width=100, height=100, crowdIndex=crowding)
        for number, (name, crowding) in enumerate(zip(names, CROWDING), start=1)
    ]
    people = [
        dict(
            id=number - 1,
            image_id=number,
            category_id=1,
            iscrowd=0,
            bbox=[0, 0, 100, 100],
            keypoints=np.c_[places, np.full(len(places), 2)].ravel().tolist(),
            num_keypoints=14,
        )
        | changes
        for number, places in enumerate(PLACES, start=1)
    ]
    path.write_text(json.dumps(dict(images=images, annotations=people, categories=[dict(id=1, name='person')])))
    return path


def evaluator(file: Path, kind: str = 'CrowdPoseKeypointMetric') -> UnifiedEvaluator:
    metric = dict(type=kind, skeleton='crowdpose', ann_file=str(file))
    return EVALUATORS.build(dict(type='UnifiedEvaluator', skeleton='crowdpose', metrics=dict(crowdpose=metric)))


def scores(file: Path, shifts: tuple[float, ...] = (0.0, 0.0, 0.0)) -> dict[str, float]:
    judge = evaluator(file)
    for number, (truth, shift) in enumerate(zip(PLACES, shifts), start=1):
        judge.process([sample('crowdpose', number - 1, truth, predicted=truth + (shift, 0.0), img_id=number)])
    return judge.evaluate(len(PLACES))


def test_people_where_they_are(tmp_path: Path) -> None:
    found = scores(annotations(tmp_path / 'crowdpose.json'))
    names = ('AP', 'AP50', 'AP75', 'AR', 'AR50', 'AR75', 'AP(E)', 'AP(M)', 'AP(H)')
    assert [found[f'crowdpose/{name}'] for name in names] == pytest.approx([1.0] * 9)


def test_by_crowding(tmp_path: Path) -> None:
    # the area is 0.53 of the box's: OKS is the mean of exp(-d^2 / (2 * 5300 * (2 sigma)^2))
    shift, sigmas = 8.0, np.array(CROWDPOSE.sigmas)
    oks = float(np.exp(-(shift**2) / (2 * 5300 * (2 * sigmas) ** 2)).mean())
    met = sum(oks >= threshold for threshold in np.linspace(0.5, 0.95, 10)) / 10
    assert 0 < met < 1
    found = scores(annotations(tmp_path / 'crowdpose.json'), (0.0, shift, 1000.0))
    assert [found[f'crowdpose/AP({level})'] for level in 'EMH'] == pytest.approx([1.0, met, 0.0])


def test_nobody_is_visible(tmp_path: Path) -> None:
    assert math.isnan(scores(annotations(tmp_path / 'crowdpose.json', num_keypoints=0))['crowdpose/AP'])


def test_what_crowdpose_does_not_say(tmp_path: Path) -> None:
    file = annotations(tmp_path / 'crowdpose.json')
    content = json.loads(file.read_text())
    del content['images'][1]['crowdIndex']
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match='1 images have no crowdIndex, the first is 2'):
        scores(file)
    del content['annotations'][2]['num_keypoints']
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match='1 annotations have no num_keypoints'):
        scores(file)


def test_people_found_in_whole_pictures(tmp_path: Path) -> None:
    """Both are where they are in the first picture, nobody is found in the second, and somebody else in the third."""
    judge = evaluator(annotations(tmp_path / 'crowdpose.json'), 'CrowdPosePictureMetric')
    found = (np.stack([PLACES[0], PLACES[0] + 1000]), PLACES[:0], PLACES[2:] + 1000)
    for number, keypoints in enumerate(found, start=1):
        picture = PoseDataSample(metainfo=dict(source='crowdpose', id=(), img_id=number, img_path=f'{number}.jpg'))
        picture.gt_instances = InstanceData()
        scores = np.full(keypoints.shape[:2], 0.9) * np.array([1.0, 0.5])[: len(keypoints), None]
        picture.pred_instances = InstanceData(keypoints=keypoints, keypoint_scores=scores)
        judge.process([picture])
    metrics = judge.evaluate(3)
    assert [metrics[f'crowdpose/AP({level})'] for level in 'EMH'] == pytest.approx([1.0, 0.0, 0.0])
    assert metrics['crowdpose/AR'] == pytest.approx(1 / 3)
