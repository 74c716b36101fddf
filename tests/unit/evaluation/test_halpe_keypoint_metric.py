import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import EVALUATORS

from tests.evaluation_inputs import sample
from tests.halpe_files import HALPE, body, halpe_file
from unipose.evaluation import HalpeKeypointMetric, UnifiedEvaluator
from unipose.skeletons import KeypointMap, load_skeleton

AREA = 4900.0


def evaluator(file: str, skeleton: str = 'coco+mpii') -> UnifiedEvaluator:
    metric = dict(type='HalpeKeypointMetric', skeleton='halpe26', partial=True, ann_file=file)
    metric['substitutes'] = dict(hip='pelvis')
    return EVALUATORS.build(dict(type='UnifiedEvaluator', skeleton=skeleton, metrics=dict(halpe=metric)))


def scores(file: str, people: list[np.ndarray], shift: float = 0.0, skeleton: str = 'coco+mpii') -> dict[str, float]:
    """Of a student who predicts what is annotated, so much to the right."""
    judge, union = evaluator(file, skeleton), load_skeleton(skeleton)
    mapped = KeypointMap(HALPE, union, partial=True, substitutes=dict(hip='pelvis'))
    for number, keypoints in enumerate(people, start=1):
        placed = mapped.scatter(keypoints[None])[0]
        truth, visible = placed[:, :2], np.minimum(placed[:, 2], 1)
        judge.process([sample('halpe', number, truth, predicted=truth + (shift, 0.0), visible=visible)])
    return judge.evaluate(len(people))


def everybody() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    people = [np.concatenate([rng.uniform(10, 390, (26, 2)), np.full((26, 1), 2.0)], 1) for _ in range(3)]
    people[1][10:, 2] = 0  # only some of the upper body
    people[2][:5, 2] = 1  # hidden, and scored
    return people


@pytest.mark.parametrize('number', [26, 136])
@pytest.mark.parametrize('skeleton', ['coco+mpii', 'coco', 'mpii', 'coco+mpii+halpe26'])
def test_ground_truth_scores_full_marks(tmp_path: Path, number: int, skeleton: str) -> None:
    people = everybody()
    file = halpe_file(tmp_path / 'halpe.json', [dict(keypoints=one) for one in people], number)
    found = scores(file, people, skeleton=skeleton)
    assert found['halpe/AP'] == found['halpe/AR'] == pytest.approx(1.0)
    assert found['halpe/PCK@0.05sqrt(area)'] == 100.0


@pytest.mark.parametrize('shift', [4.0, 6.0, 8.0, 10.0])
def test_a_shifted_one_scores_what_oks_by_hand_says(tmp_path: Path, shift: float) -> None:
    # OKS is the mean over labelled keypoints of exp(-d^2 / (2 area (2 sigma)^2)); the feet are labelled and not scored
    sigmas = dict(nose=0.026, left_shoulder=0.079, head_top=0.08, upper_neck=0.08, hip=0.08)
    places = {name: (50.0 + 10 * number, 80.0) for number, name in enumerate([*sigmas, 'left_heel', 'right_big_toe'])}
    person = body(**places)
    file = halpe_file(tmp_path / 'halpe.json', [dict(keypoints=person, area=AREA)])
    by_hand = sum(math.exp(-(shift**2) / (2 * AREA * (2 * sigma) ** 2)) for sigma in sigmas.values()) / len(sigmas)
    passed = sum(by_hand >= threshold for threshold in np.arange(0.5, 1.0, 0.05))
    assert 0 < passed < 10  # of one person AP is the share of COCO's thresholds that they pass
    found = scores(file, [person], shift)
    assert found['halpe/AP'] == pytest.approx(passed / 10)


def test_the_thresholds_are_met_from_both_sides(tmp_path: Path) -> None:
    # one keypoint alone: at this distance OKS is 0.75, where AP75 begins
    distance = math.sqrt(-2 * AREA * (2 * 0.08) ** 2 * math.log(0.75))
    person = body(hip=(100.0, 100.0))
    file = halpe_file(tmp_path / 'halpe.json', [dict(keypoints=person, area=AREA)])
    assert scores(file, [person], distance - 0.01)['halpe/AP75'] == pytest.approx(1.0)
    assert scores(file, [person], distance + 0.01)['halpe/AP75'] == 0.0


def test_who_has_nothing_that_is_scored_is_ignored(tmp_path: Path) -> None:
    person, feet = body(nose=(20.0, 20.0), hip=(20.0, 60.0)), body(left_heel=(300.0, 300.0))
    nobody = dict(keypoints=None, bbox=[200, 0, 50, 50])
    people = [dict(keypoints=person), dict(keypoints=feet, bbox=[250, 250, 100, 100]), nobody]
    file = halpe_file(tmp_path / 'halpe.json', people)
    assert scores(file, [person])['halpe/AP'] == pytest.approx(1.0)  # not to be found
    judge = evaluator(file)
    inside = np.tile([300.0, 300.0], (21, 1))
    judge.process([sample('halpe', 1, predicted=inside, visible=np.zeros(21))])
    judge.process([sample('halpe', 2, np.tile([220.0, 20.0], (21, 1)))])
    found = judge.evaluate(2)
    assert found['halpe/AR'] == 0.0
    placed = KeypointMap(HALPE, load_skeleton('coco+mpii'), partial=True, substitutes=dict(hip='pelvis'))
    judge.process([sample('halpe', 1, predicted=inside, score=2.0)])  # nor wrong to find, though surer
    judge.process([sample('halpe', 3, placed.scatter(person[None])[0, :, :2])])
    assert judge.evaluate(2)['halpe/AP'] == pytest.approx(1.0)


def test_what_is_scored_is_said(tmp_path: Path) -> None:
    file = halpe_file(tmp_path / 'halpe.json', [dict(keypoints=everybody()[0])])
    assert evaluator(file).scored == dict(
        halpe='20 of the 26 keypoints of halpe26, hip by pelvis; not left_big_toe, right_big_toe, left_small_toe, '
        'right_small_toe, left_heel, right_heel'
    )
    assert evaluator(file, 'coco+mpii+halpe26').scored == dict(halpe='26 of the 26 keypoints of halpe26')
    assert 'hip by' not in evaluator(file, 'coco').scored['halpe']


def test_errors(tmp_path: Path) -> None:
    wrong: list[dict[str, Any]] = [dict(keypoints=np.ones((26, 3)))]
    with pytest.raises(ValueError, match=r'annotation 1 of .*: 399 numbers, not 78 \(26 keypoints\) or 408 \(136\)'):
        evaluator(halpe_file(tmp_path / 'wholebody.json', wrong, number=133))
    with pytest.raises(FileNotFoundError, match='no annotation file .*none.json; data/README.md'):
        HalpeKeypointMetric(str(tmp_path / 'none.json'))
    metric = HalpeKeypointMetric(halpe_file(tmp_path / 'halpe.json', wrong))
    with pytest.raises(ValueError, match=r"scores keypoints of halpe26, .* Got: \['pelvis', 'thorax'\]"):
        metric.dataset_meta = parse_pose_metainfo(load_skeleton('mpii').to_metainfo())
