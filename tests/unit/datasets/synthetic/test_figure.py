from importlib.util import find_spec

import numpy as np
import pytest

from unipose.datasets.synthetic.camera import Camera
from unipose.datasets.synthetic.figure import (
    COCO_KEYPOINTS,
    MPII_KEYPOINTS,
    SEGMENTS,
    landmark_names,
    solve,
    standing_height,
)
from unipose.datasets.synthetic.pose import JOINT_LIMITS, SIDES, sample_pose


def test_standing_figure_is_as_high_as_it_says(stand, average):
    points = stand()
    height = points['head_top'][1] - points['left_ankle'][1] + SEGMENTS['ankle_height']
    assert height == pytest.approx(standing_height(average)) == pytest.approx(1.0, abs=0.02)
    head = np.linalg.norm(points['head_top'] - points['upper_neck'])
    assert standing_height(average) / head == pytest.approx(6.0, abs=0.2)


def test_definitions_differ_as_documented(stand):
    points = stand()
    np.testing.assert_allclose(points['pelvis'], (points['left_mpii_hip'] + points['right_mpii_hip']) / 2, atol=1e-12)
    left, up, _ = points['left_coco_hip'] - points['left_mpii_hip']
    assert left > 0 and up > 0
    left, up, _ = points['left_coco_shoulder'] - points['left_mpii_shoulder']
    assert left > 0 and up > 0


@pytest.mark.parametrize(
    ('angle', 'point', 'origin', 'axis'),
    [
        ('left_hip_flexion', 'left_knee', 'left_mpii_hip', (0, 0, 1)),
        ('left_knee_flexion', 'left_ankle', 'left_knee', (0, 0, -1)),
        ('left_shoulder_flexion', 'left_elbow', 'left_mpii_shoulder', (0, 0, 1)),
        ('left_shoulder_abduction', 'left_elbow', 'left_mpii_shoulder', (1, 0, 0)),
        ('right_shoulder_abduction', 'right_elbow', 'right_mpii_shoulder', (-1, 0, 0)),
        ('left_elbow_flexion', 'left_wrist', 'left_elbow', (0, 0, 1)),
        ('spine_flexion', 'thorax', 'waist', (0, 0, 1)),
        ('neck_flexion', 'head_top', 'upper_neck', (0, 0, 1)),
    ],
)
def test_a_right_angle_turns_a_limb_where_its_name_says(stand, angle, point, origin, axis):
    points = stand(**{angle: 90.0})
    limb = points[point] - points[origin]
    np.testing.assert_allclose(limb / np.linalg.norm(limb), axis, atol=1e-9)


def test_elbow_bends_inward_with_a_turned_arm(stand):
    for side, inward in (('left', -1.0), ('right', 1.0)):
        points = stand(**{f'{side}_shoulder_rotation': 90.0, f'{side}_elbow_flexion': 90.0})
        assert (points[f'{side}_wrist'] - points[f'{side}_elbow'])[0] * inward > 0.1


def test_mirrored_angles_make_a_mirrored_figure(average):
    angles = sample_pose(np.random.default_rng(3), 1.0)
    mirrored = {}
    for name, angle in angles.items():
        side, _, joint = name.partition('_')
        if side in SIDES:
            mirrored[f'{"right" if side == "left" else "left"}_{joint}'] = angle
        else:
            mirrored[name] = -angle if name.endswith(('tilt', 'lateral', 'twist')) else angle
    points, other = solve(average, angles), solve(average, mirrored)
    for name, point in points.items():
        side, _, rest = name.partition('_')
        twin = {'left': f'right_{rest}', 'right': f'left_{rest}'}.get(side, name)
        np.testing.assert_allclose(other[twin], point * (-1, 1, 1), atol=1e-9)


def test_sampled_angles_stay_within_limits():
    rng = np.random.default_rng(0)
    for _ in range(200):
        for name, angle in sample_pose(rng, 1.0).items():
            low, high = JOINT_LIMITS[name.removeprefix('left_').removeprefix('right_')]
            assert low - 1e-9 <= np.rad2deg(angle) <= high + 1e-9


def test_keypoint_names_are_mmposes():
    config = pytest.importorskip('mmengine.config').Config
    mmpose = find_spec('mmpose')  # its files are read, it is not imported
    if mmpose is None:
        pytest.skip('MMPose is not installed')
    for name, keypoints in (('coco', COCO_KEYPOINTS), ('mpii', MPII_KEYPOINTS)):
        path = f'{mmpose.submodule_search_locations[0]}/.mim/configs/_base_/datasets/{name}.py'
        info = config.fromfile(path).dataset_info.keypoint_info
        assert tuple(info[index]['name'] for index in range(len(info))) == keypoints


def test_every_keypoint_is_a_point_of_the_figure(stand):
    points = stand()
    assert set(landmark_names(COCO_KEYPOINTS, 'coco')) <= set(points)
    assert set(landmark_names(MPII_KEYPOINTS, 'mpii')) <= set(points)


def test_camera_shows_a_facing_persons_left_at_the_right():
    body = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]])  # left, up, forward
    xy, depth, magnification = Camera(0.0, 0.0, 0.0, 5.0).project(body)
    assert xy[0, 0] > 0 and xy[1, 1] < 0 and depth[2] < 0 and magnification[2] > 1 == magnification[0]
    xy, depth, _ = Camera(np.pi, 0.0, 0.0, 5.0).project(body)
    assert xy[0, 0] < 0 and xy[1, 1] < 0 and depth[2] > 0
    xy, _, _ = Camera(np.pi / 2, 0.0, 0.0, 5.0).project(body)
    assert xy[2, 0] > 0.9
