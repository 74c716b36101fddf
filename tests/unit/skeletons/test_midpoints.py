import math

import pytest

from unipose.skeletons import load_skeleton, union, with_midpoints

HIPS, SHOULDERS = ('left_hip', 'right_hip'), ('left_shoulder', 'right_shoulder')


def test_midpoints_come_after_the_keypoints() -> None:
    coco = load_skeleton('coco')
    more = with_midpoints(coco, dict(pelvis=HIPS, thorax=SHOULDERS))
    assert more.names == (*coco.names, 'pelvis', 'thorax')
    assert more.flip_indices == (*coco.flip_indices, 17, 18)
    assert [keypoint.type for keypoint in more.keypoints[17:]] == ['lower', 'upper']
    assert all(math.isnan(sigma) for sigma in more.sigmas[17:])


def test_their_sigma_is_that_of_who_has_the_keypoint() -> None:
    mpii = load_skeleton('mpii')
    both = union(with_midpoints(load_skeleton('coco'), dict(pelvis=HIPS)), mpii)
    assert both.sigmas[both.index('pelvis')] == mpii.sigmas[mpii.index('pelvis')]


def test_sided_midpoints_mirror_each_other() -> None:
    forearms = dict(
        left_forearm=('left_elbow', 'left_wrist'),
        right_forearm=('right_wrist', 'right_elbow'),
    )
    more = with_midpoints(load_skeleton('coco'), forearms)
    assert more.flip_indices[17:] == (18, 17)


def test_all_mistakes_are_named_at_once() -> None:
    wrong = dict(
        nose=HIPS,
        neck=('left_shoulder', 'tail'),
        trunk='left_hip',
        middle=('left_hip', 'left_hip'),
        left_forearm=('left_elbow', 'left_wrist'),
    )
    with pytest.raises(ValueError) as error:
        with_midpoints(load_skeleton('coco'), wrong)
    for problem in (
        'nose is a keypoint already',
        "neck lies between unknown keypoints: ['tail']",
        "trunk must lie between two keypoints. Got: 'left_hip'",
        "middle must lie between two keypoints. Got: ('left_hip', 'left_hip')",
        "left_forearm has no mirror image: derive the point between ['right_elbow', 'right_wrist'] too",
    ):
        assert problem in str(error.value)
