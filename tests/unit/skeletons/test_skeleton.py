import math

import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from unipose.skeletons import Skeleton, load_skeleton
from unipose.skeletons.skeleton import Keypoint, Link

COCO_NAMES = load_skeleton('coco').names


def test_coco_and_mpii_come_from_mmpose() -> None:
    coco, mpii = load_skeleton('coco'), load_skeleton('mpii')
    assert (len(coco), len(mpii)) == (17, 16)
    assert coco.names[:3] == ('nose', 'left_eye', 'right_eye')
    assert coco.sigmas[0] == 0.026


@pytest.mark.parametrize('name', ['coco', 'mpii', 'aic', 'crowdpose', 'halpe26', 'jhmdb', 'h36m', 'coco+mpii'])
def test_skeletons_survive_mmpose_and_back(name: str) -> None:
    skeleton = load_skeleton(name)
    parsed = parse_pose_metainfo(skeleton.to_metainfo())
    assert parsed['num_keypoints'] == len(skeleton)
    assert tuple(parsed['flip_indices']) == skeleton.flip_indices
    assert tuple(map(tuple, parsed['skeleton_links'])) == skeleton.link_indices
    assert Skeleton.from_metainfo(skeleton.to_metainfo()) == skeleton
    back = Skeleton.from_metainfo(parsed)
    assert back.names == skeleton.names and back.links == skeleton.links
    assert back.sigmas == pytest.approx(skeleton.sigmas, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize('name', ['coco', 'mpii', 'halpe26', 'coco+mpii+aic'])
def test_flipping_twice_is_the_identity(name: str) -> None:
    flip = load_skeleton(name).flip_indices
    assert [flip[flip[i]] for i in range(len(flip))] == list(range(len(flip)))


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(ValueError) as error:
        Skeleton(
            'bad',
            (
                Keypoint('left', 0.1, swap='right'),
                Keypoint('right', 0.1),
                Keypoint('nose', -1.0, type='middle'),
                Keypoint('nose', 0.1, swap='tail'),
            ),
            (Link('nose', 'ear'),),
        )
    for problem in (
        "repeat: ['nose']",
        'left swaps with right, but right swaps with nothing',
        "swaps with 'tail'",
        'sigma must be a positive number. Got: -1.0',
        "Got: 'middle'",
        "unknown keypoints ['ear']",
    ):
        assert problem in str(error.value)


def test_metainfo_with_another_number_of_sigmas_is_refused() -> None:
    metainfo = load_skeleton('coco').to_metainfo()
    metainfo['sigmas'] = metainfo['sigmas'] + [0.1]
    with pytest.raises(ValueError, match='17 keypoints, 18 sigmas, 17 joint_weights'):
        Skeleton.from_metainfo(metainfo)
    with pytest.raises(ValueError, match=r"lacks \['keypoint_info'\]"):
        Skeleton.from_metainfo(dict(dataset_name='x', sigmas=[]))


def test_a_dataset_without_sigmas_has_nan() -> None:
    assert all(math.isnan(sigma) for sigma in load_skeleton('h36m').sigmas)


def test_index_of_an_unknown_keypoint_lists_the_known() -> None:
    with pytest.raises(ValueError, match="'coco' has no keypoint 'tail'; known"):
        load_skeleton('coco').index('tail')


def test_select_keeps_the_order_of_the_names() -> None:
    names = ['right_wrist', 'nose', 'left_wrist', 'left_elbow', 'right_elbow']
    arms = load_skeleton('coco').select(names)
    assert arms.names == tuple(names)
    assert arms.flip_indices == (2, 1, 0, 4, 3)
    assert [{link.start, link.end} for link in arms.links] == [
        {'left_elbow', 'left_wrist'},
        {'right_elbow', 'right_wrist'},
    ]
    assert load_skeleton('coco').select(COCO_NAMES) == load_skeleton('coco')


def test_select_names_all_mistakes_at_once() -> None:
    with pytest.raises(ValueError) as error:
        load_skeleton('coco').select(['nose', 'tail', 'nose', 'left_wrist'])
    for problem in (
        "picked from 'coco'",
        "unknown: ['tail']",
        "named more than once: ['nose']",
        'left_wrist without its mirror image: name right_wrist too',
        "known: ['nose', 'left_eye'",
    ):
        assert problem in str(error.value)
    with pytest.raises(ValueError, match='none is named'):
        load_skeleton('coco').select([])


def test_a_published_name_is_kept_beside_the_name() -> None:
    neck = Skeleton('a', (Keypoint('upper_neck', 0.1, published='neck'), Keypoint('nose', 0.1)))
    assert neck.published == ('neck', 'nose')
    assert Skeleton.from_metainfo(neck.to_metainfo()) == neck
    assert 'published' not in neck.to_metainfo()['keypoint_info'][1]
