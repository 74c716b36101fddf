"""The skeletons that come along, and which of their keypoints are one."""

from pathlib import Path

import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo

import unipose
from unipose.skeletons import Skeleton, load_skeleton

KNOWN = {path.stem for path in Path(unipose.skeletons.__file__).with_name('known').glob('*.py')}
SIZES = dict(halpe26=26, coco_wholebody=133, synthpose=52, sapiens308=308, lsp=14, mpii_efficientpose=16)
COCO = load_skeleton('coco').names


def shared(*names: str) -> set[str]:
    """Keypoints that all of the skeletons have."""
    return set.intersection(*(set(load_skeleton(name).names) for name in names))


@pytest.mark.parametrize(('name', 'size'), SIZES.items())
def test_each_is_found_by_its_name(name: str, size: int) -> None:
    skeleton = load_skeleton(name)
    assert (skeleton.name, len(skeleton)) == (name, size)
    assert all(sigma > 0 for sigma in skeleton.sigmas)
    assert parse_pose_metainfo(skeleton.to_metainfo())['flip_indices'] == list(skeleton.flip_indices)
    assert Skeleton.from_metainfo(skeleton.to_metainfo()) == skeleton


def test_no_file_is_left_out_here() -> None:
    assert set(SIZES) >= KNOWN


@pytest.mark.parametrize('name', SIZES)
def test_sides_mirror_each_other(name: str) -> None:
    for keypoint in load_skeleton(name).keypoints:
        words = keypoint.name.split('_')
        if {'left', 'right', 'l', 'r'} & set(words):
            assert keypoint.swap and ({'left', 'l'} & set(words)) != ({'left', 'l'} & set(keypoint.swap.split('_')))


def test_a_name_that_is_ours_and_mmposes_is_ours() -> None:
    halpe = load_skeleton('halpe26')
    assert halpe.names[17:20] == ('head_top', 'upper_neck', 'hip')
    assert halpe.published[17:20] == ('head', 'neck', 'hip')


def test_halpes_sigmas_are_those_of_its_evaluator() -> None:
    halpe = load_skeleton('halpe26')
    whole = load_skeleton('halpe')  # MMPose's file of all 136, which has them too
    assert halpe.sigmas == whole.sigmas[:26]
    assert halpe.sigmas[:17] == load_skeleton('coco').sigmas


def test_efficientpose_has_mpiis_keypoints_in_another_order() -> None:
    theirs, mpii = load_skeleton('mpii_efficientpose'), load_skeleton('mpii')
    assert theirs.names[:3] == ('head_top', 'upper_neck', 'right_shoulder')
    assert theirs.keypoints == mpii.select(theirs.names).keypoints and theirs.links == mpii.links


def test_lsps_joints_are_mpiis() -> None:
    lsp = load_skeleton('lsp')
    assert set(lsp.names) == set(load_skeleton('mpii').names) - {'pelvis', 'thorax'}
    assert lsp.published[12:] == ('neck', 'head_top')


def test_synthpose_is_coco_and_markers() -> None:
    synthpose = load_skeleton('synthpose')
    assert synthpose.names[:17] == COCO
    assert synthpose.published[14] == 'R_Knee' and synthpose.published[32] == 'r_knee'
    # the hub's order: the wrist's outer side first, and the left heel before the right
    assert synthpose.published[24:28] == ('r_lwrist', 'l_lwrist', 'r_mwrist', 'l_mwrist')
    assert synthpose.names[46:48] == ('left_heel', 'right_heel')
    assert not {'left_toe', 'right_toe'} & set(synthpose.names)  # Human-Art has these names


def test_what_is_one_point_has_one_name() -> None:
    feet = {f'{side}_{part}' for side in ('left', 'right') for part in ('big_toe', 'small_toe', 'heel')}
    assert shared('halpe26', 'coco_wholebody', 'sapiens308') == {*COCO, *feet}
    assert shared('halpe26', 'synthpose') == {*COCO, *(part for part in feet if 'small' not in part)}
    assert shared('synthpose', 'sapiens308') - {*COCO, *feet} == {'left_acromion', 'right_acromion'}
    assert shared('mpii', 'halpe26') - {*COCO} == {'upper_neck', 'head_top'}


def test_what_is_not_known_to_be_one_point_stays_apart() -> None:
    assert not shared('sapiens308', 'aic') - {*COCO}
    assert not shared('sapiens308', 'mpii') - {*COCO}


def test_the_union_of_four() -> None:
    four = load_skeleton('coco+mpii+halpe26+synthpose')
    assert len(four) == 17 + 4 + 7 + 31
    assert four.names[:21] == load_skeleton('coco+mpii').names
    assert four.names[21:28] == ('hip', *load_skeleton('halpe26').names[20:])
    assert four.published == four.names
