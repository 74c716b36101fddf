import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from unipose.evaluation import SegmentPCKMetric, UnifiedEvaluator
from unipose.skeletons import load_skeleton

LSP = load_skeleton('lsp')


def metric(**options) -> SegmentPCKMetric:
    made = SegmentPCKMetric(**options)
    made.dataset_meta = parse_pose_metainfo(LSP.to_metainfo())
    return made


def sample(places: np.ndarray, off: dict[str, tuple[float, float]], hidden: tuple[str, ...] = ()) -> dict:
    """A person, and a prediction that is off by some pixels."""
    found = places.copy()
    for name, by in off.items():
        found[LSP.index(name)] += by
    visible = np.ones(len(LSP), np.float32)
    visible[[LSP.index(name) for name in hidden]] = 0
    truth = dict(keypoints=places[None], keypoints_visible=visible[None], bboxes=np.array([[0, 0, 90, 200.0]]))
    return dict(gt_instances=truth, pred_instances=dict(keypoints=found[None]))


def person() -> np.ndarray:
    """A torso of 50 px from left_shoulder to right_hip, a head of 20."""
    places = np.random.default_rng(0).uniform(0, 200, (len(LSP), 2))
    for name, place in dict(left_shoulder=(60, 20), right_hip=(30, 60), upper_neck=(45, 15), head_top=(45, -5)).items():
        places[LSP.index(name)] = place
    return places


def score(*samples: dict, **options) -> dict[str, float]:
    made = metric(**options)
    made.process(None, samples)
    return made.evaluate(len(samples))


def test_ground_truth_scores_100() -> None:
    found = score(sample(person(), {}))
    assert found['PCK@0.2'] == found['PCKh@0.5'] == found['PCK@0.2/left_wrist'] == 100
    assert found['128_to_256px/PCK@0.2'] == 100 and found['128_to_256px/people'] == 1


def test_what_is_right_worked_out_by_hand() -> None:
    # 0.2 of the torso are 10 px, half of the head too: exactly that is right, more is not
    found = score(sample(person(), dict(left_wrist=(6, 8), right_ankle=(0, 10.1), left_knee=(3, 0))))
    for name in ('PCK@0.2', 'PCKh@0.5'):
        assert found[name] == pytest.approx(100 * 13 / 14)
        assert (found[f'{name}/left_wrist'], found[f'{name}/right_ankle']) == (100, 0)


def test_who_has_no_such_segment_does_not_count() -> None:
    whole, no_head = sample(person(), {}), sample(person(), dict(left_wrist=(99, 0)), hidden=('head_top',))
    found = score(whole, no_head)
    assert found['PCKh@0.5'] == 100 and found['PCK@0.2'] == pytest.approx(100 * 26 / 27)
    flat = person()
    flat[LSP.index('right_hip')] = flat[LSP.index('left_shoulder')]
    assert np.isnan(score(sample(flat, {}))['PCK@0.2'])


def test_other_measures() -> None:
    measures = {'PCK@0.1': dict(ends=('left_hip', 'left_knee'), threshold=0.1)}
    assert list(score(sample(person(), {}), measures=measures))[0] == 'PCK@0.1'


@pytest.mark.parametrize(
    'measure',
    [
        dict(ends=('left_hip',), threshold=0.2),
        dict(ends=('left_hip', 'left_hip'), threshold=0.2),
        dict(ends=('left_hip', 'left_knee'), threshold=0),
        dict(ends=('left_hip', 'left_knee')),
        dict(ends=('left_hip', 'left_knee'), threshold=0.2, of='torso'),
    ],
)
def test_wrong_measures_are_told(measure: dict) -> None:
    with pytest.raises(ValueError, match="measure 'PCK' has ends, two different keypoints, and a threshold"):
        metric(measures=dict(PCK=measure))


def test_keypoints_that_the_skeleton_lacks_are_told() -> None:
    with pytest.raises(ValueError, match=r"by \['tail'\], which the skeleton lacks"):
        metric(measures=dict(PCK=dict(ends=('tail', 'left_hip'), threshold=0.2)))


def test_a_student_of_the_union_is_scored_in_lsps_keypoints() -> None:
    union = load_skeleton('coco+mpii')
    evaluator = UnifiedEvaluator(dict(lsp=dict(type='SegmentPCKMetric', skeleton='lsp')), skeleton='coco+mpii')
    places = np.zeros((1, len(union), 2))
    places[0, [union.index(name) for name in LSP.names]] = person()
    box = np.array([[0, 0, 90, 200.0]])
    truth = dict(keypoints=places, keypoints_visible=np.ones((1, len(union))), bboxes=box)
    evaluator.process([dict(source='lsp', id=1, img_path='a.jpg', gt_instances=truth, pred_instances=truth)])
    assert evaluator.evaluate(1)['lsp/PCK@0.2'] == 100
    assert evaluator.per_keypoint['lsp']['left_wrist'] == {'PCK@0.2': 100, 'PCKh@0.5': 100}
