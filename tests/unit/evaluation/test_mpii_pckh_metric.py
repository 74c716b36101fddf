import math
from pathlib import Path

import numpy as np
import pytest
from mmpose.datasets.datasets import MpiiDataset
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.evaluation.metrics import MpiiPCKAccuracy
from mmpose.structures import PoseDataSample

from tests.builders import sources
from tests.evaluation_inputs import sample
from unipose.datasets.source import Source
from unipose.evaluation import MpiiPCKhMetric
from unipose.skeletons import load_skeleton

MPII = load_skeleton('mpii')
HEAD = 20.0  # PCKh@0.5 within 10 pixels, PCKh@0.1 within 2


def people(count: int = 1, **changes) -> list[PoseDataSample]:
    return [
        sample('mpii', number, np.arange(32).reshape(16, 2) * 10.0, **dict(dict(head_size=HEAD), **changes))
        for number in range(count)
    ]


def at_input_size(one: PoseDataSample) -> PoseDataSample:
    one.set_metainfo(dict(input_size=(256, 256), input_scale=np.array([512.0, 512.0]), flip_test=False))
    return one


def evaluate(samples: list[PoseDataSample]) -> dict[str, float]:
    metric = MpiiPCKhMetric(prefix='mpii')
    metric.dataset_meta = parse_pose_metainfo(MPII.to_metainfo())
    metric.process(None, [at_input_size(one).to_dict() for one in samples])
    return {name.removeprefix('mpii/'): value for name, value in metric.evaluate(len(samples)).items()}


def shift(one: PoseDataSample, keypoint: str, pixels: float) -> None:
    one.pred_instances.keypoints[0, MPII.index(keypoint), 1] += pixels


def test_ground_truth_scores_full_marks() -> None:
    results = evaluate(people(3))
    assert results.pop('under_128px/people') == 3
    for name, value in results.items():
        assert value == (0.0 if name.endswith('_px') or 'error_px' in name else 100.0), name
    groups = ('Head', 'Shoulder', 'Elbow', 'Wrist', 'Hip', 'Knee', 'Ankle')
    for threshold in ('PCKh@0.5', 'PCKh@0.1'):
        assert {f'{threshold}/{row}' for row in (*groups, *MPII.names)} <= set(results)


def test_by_hand() -> None:
    two = people(2)
    shift(two[0], 'left_wrist', 10.0)  # exactly the threshold counts
    shift(two[1], 'left_wrist', 10.5)
    shift(two[0], 'right_knee', 3.0)
    shift(two[0], 'pelvis', 50.0)  # does not count in the mean
    results = evaluate(two)
    assert results['PCKh@0.5/left_wrist'] == 50
    assert results['PCKh@0.5/right_wrist'] == 100
    assert results['PCKh@0.5/Wrist'] == 75
    assert results['PCKh@0.1/Wrist'] == 50
    assert results['PCKh@0.5/Knee'] == 100
    assert results['PCKh@0.1/Knee'] == 75
    assert results['PCKh@0.5/pelvis'] == 50
    assert results['error_px/pelvis'] == 25
    assert results['error_px/left_wrist'] == 10.25
    # 14 keypoints of two people
    assert results['PCKh@0.5'] == pytest.approx(100 * 27 / 28)
    assert results['PCKh@0.1'] == pytest.approx(100 * 25 / 28)
    assert results['mean_error_px'] == pytest.approx((10 + 10.5 + 3) / 28)


def test_a_systematic_offset_shows_in_input_pixels() -> None:
    two = people(2)
    for one in two:
        one.pred_instances.keypoints[...] += [0.5, 1.0]  # image pixels, two to one of the input's
    shift(two[0], 'left_wrist', 30.0)  # not found, so it tells nothing of the offset
    results = evaluate(two)
    assert (results['offset_x_input_px'], results['offset_y_input_px']) == (0.25, 0.5)


@pytest.mark.parametrize('known', [dict(flip_test=True), dict(flip_test='aligned'), {}])
def test_no_offset_is_measured_through_a_flip_test(known: dict) -> None:
    metric, [one] = MpiiPCKhMetric(prefix='mpii'), people()
    metric.dataset_meta = parse_pose_metainfo(MPII.to_metainfo())
    one.set_metainfo(known)
    metric.process(None, [one.to_dict()])
    assert not [name for name in metric.evaluate(1) if 'offset' in name]


def test_the_head_is_its_top_alone() -> None:
    one = people()
    shift(one[0], 'upper_neck', 100)
    assert evaluate(one)['PCKh@0.5/Head'] == 100
    shift(one[0], 'head_top', 100)
    assert evaluate(one)['PCKh@0.5/Head'] == 0


def test_what_is_not_annotated_does_not_count() -> None:
    visible = np.ones(16)
    visible[[MPII.index('left_hip'), MPII.index('right_hip'), MPII.index('left_knee')]] = 0
    one = people(visible=visible)
    for name in ('left_hip', 'left_knee'):
        shift(one[0], name, 100)
    results = evaluate(one)
    assert math.isnan(results['PCKh@0.5/left_hip'])
    assert math.isnan(results['PCKh@0.5/Hip'])
    assert results['PCKh@0.5/Knee'] == 100
    assert results['PCKh@0.5'] == 100
    assert results['mean_error_px'] == 0


def test_a_head_without_size_does_not_count() -> None:
    two = [*people(1), *people(1, head_size=0.0)]
    shift(two[1], 'left_knee', 100)
    assert evaluate(two)['PCKh@0.5'] == 100


def test_same_numbers_as_mmpose(synthetic: Path) -> None:
    """The same predicted pixels: MMPose's dataset and metric, our source and metric."""
    rng = np.random.default_rng(0)
    config = sources(synthetic, 'val')['mpii']
    ours = Source('mpii', union=MPII, test_mode=True, **config)
    dataset_config = {key: value for key, value in config['dataset'].items() if key != 'type'}
    theirs = MpiiDataset(**dataset_config, test_mode=True)
    assert len(ours) == len(theirs) >= 8
    samples, their_samples, truths = [], [], []
    for index in range(len(ours)):
        info, own = theirs.get_data_info(index), ours[index]
        head_size = info['head_size'].item()
        predicted = own['keypoints'][0] + rng.normal(0, 0.3 * head_size, (16, 2))
        samples.append(
            sample('mpii', index, own['keypoints'][0], predicted, own['keypoints_visible'][0], head_size=head_size)
        )
        truth = {key: info[key] for key in ('keypoints', 'keypoints_visible', 'head_size')}
        their_samples.append(dict(gt_instances=truth, pred_instances=dict(keypoints=predicted[None])))
        truths.append(dict(gt_instances=truth, pred_instances=dict(keypoints=info['keypoints'])))

    metric = MpiiPCKAccuracy(prefix='mmpose_compatible')
    metric.process(None, their_samples)
    expected = metric.evaluate(len(their_samples))
    results = evaluate(samples)
    assert 5 < expected['mmpose_compatible/PCK@0.1'] < expected['mmpose_compatible/PCK'] < 95
    for name, value in expected.items():
        assert results[name] == pytest.approx(float(value), abs=1e-4), name
    # ours compares 0-based pixels, theirs compares 1-based ones: the same distances
    assert results['PCKh@0.5'] == pytest.approx(results['mmpose_compatible/PCK'], abs=1e-4)
    assert results['PCKh@0.1'] == pytest.approx(results['mmpose_compatible/PCK@0.1'], abs=1e-4)
    assert results['PCKh@0.5/Ankle'] == pytest.approx(results['mmpose_compatible/Ankle PCK'], abs=1e-4)

    # what MMPose's dataset hands out is not what its metric compares with: 1.41 pixels apart, which a head of 12
    # pixels does not forgive at 0.1
    for truth in truths:
        truth['gt_instances'] = dict(truth['gt_instances'], head_size=np.array([[12.0]]))
    metric.process(None, truths)
    assert metric.evaluate(len(truths))['mmpose_compatible/PCK@0.1'] == 0


def test_errors() -> None:
    with pytest.raises(ValueError, match="no head size.*headbox_file='data/mpii/annotations/mpii_gt_val.mat'"):
        evaluate(people(head_size=None))
    with pytest.raises(ValueError, match='scores the skeleton mpii'):
        MpiiPCKhMetric(prefix='x').dataset_meta = parse_pose_metainfo(load_skeleton('coco').to_metainfo())
