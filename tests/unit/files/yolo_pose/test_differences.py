"""Keypoints of data.yaml against those of a skeleton: what differs is named."""

from pathlib import Path
from typing import Any

import pytest

from tests.yolo_files import COCO_FLIPS, SKELETON, data_yaml
from unipose.files.yolo_pose import DataYaml
from unipose.files.yolo_pose.differences import differences
from unipose.skeletons import Skeleton, load_skeleton

FACE = load_skeleton(SKELETON)


def told(folder: Path, skeleton: Skeleton = FACE, number: int = 0, **content: Any) -> list[str]:
    """What differs, of one class."""
    return differences(DataYaml.read(data_yaml(folder, **content)), skeleton, [number])


def test_keypoints_of_the_skeleton(tmp_path: Path) -> None:
    assert told(tmp_path) == told(tmp_path, flip_idx=None) == []
    assert told(tmp_path, kpt_names={0: ['Nose', 'left eye', 'right-eye']}) == []
    assert told(tmp_path, kpt_names=['nose', 'left_eye', 'right_eye']) == []
    halpe = load_skeleton('halpe26')
    for names in (halpe.names, halpe.published):
        content = dict(kpt_shape=[26, 3], flip_idx=list(halpe.flip_indices), kpt_names={0: list(names)})
        assert told(tmp_path, halpe, **content) == []


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (dict(kpt_shape=[17, 3], flip_idx=COCO_FLIPS), "kpt_shape says 17 keypoints, skeleton 'face' has 3: ['nose'"),
        (
            dict(flip_idx=[0, 1, 2]),
            "flip_idx is not the swaps of skeleton 'face', correct the wrong one: 1 left_eye by 1 left_eye, not 2",
        ),
        (dict(flip_idx=[0, 2]), 'the wrong one: 2 keypoints, not 3'),
        (dict(flip_idx=[0, 2, 7]), 'the wrong one: 2 right_eye by 7 (there is none), not 1 left_eye'),
        (
            dict(kpt_names={0: ['nose', 'right_eye', 'left_eye']}),
            'kpt_names of person, counted from 0: 1 is right_eye, left_eye in the skeleton; 2 is left_eye, r',
        ),
        (dict(kpt_names={0: ['nose']}), 'kpt_names of person, counted from 0: there are 1, not 3'),
    ],
)
def test_other_keypoints(tmp_path: Path, content: dict, said: str) -> None:
    (found,) = told(tmp_path, **content)
    assert said in found


def test_the_first_few_are_named(tmp_path: Path) -> None:
    (found,) = told(tmp_path, load_skeleton('coco'), kpt_shape=[17, 3], flip_idx=list(range(17)))
    assert found.endswith('4 right_ear by 4 right_ear, not 3 left_ear; 12 more')


def test_names_of_classes_that_are_not_read_do_not_count(tmp_path: Path) -> None:
    content = dict(names=['horse', 'person'], kpt_names={0: ['a', 'b', 'c']})
    assert told(tmp_path, number=1, **content) == [] and told(tmp_path, number=0, **content)
