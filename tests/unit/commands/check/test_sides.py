"""Left and right: any turn of the picture, any size, skeletons without a face, and what cannot be told."""

from pathlib import Path

import numpy as np
import pytest

from unipose.commands.check.annotated_set import AnnotatedPerson, AnnotatedSet, Picture
from unipose.commands.check.sides import check_sides, left_right_pairs
from unipose.skeletons import Skeleton, load_skeleton
from unipose.skeletons.skeleton import Keypoint

COCO = load_skeleton('coco')
# A person who faces the camera: half the width of each pair, and its height; the nose is in the middle
HALF_WIDTHS = np.array([1, 2, 6, 8, 9, 4, 4, 4])
HEIGHTS = np.array([2, 3, 10, 18, 26, 28, 40, 52])


def frontal(rng: np.random.Generator) -> np.ndarray:
    """Keypoints ``[17, 2]``, scattered, turned and scaled."""
    keypoints = np.zeros((17, 2))
    keypoints[0] = 0, 4
    keypoints[1::2] = np.stack([HALF_WIDTHS, HEIGHTS], axis=1)
    keypoints[2::2] = np.stack([-HALF_WIDTHS, HEIGHTS], axis=1)
    turn = rng.uniform(-3, 3)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return (keypoints + rng.normal(0, 0.2, (17, 2))) @ rotation.T * rng.uniform(1, 9) + 100


def people_set(skeleton: Skeleton, keypoints: list[np.ndarray], visible: int = 2) -> AnnotatedSet:
    picture = Picture(1, Path('a.jpg'), None, True)
    flags = np.full(len(skeleton), visible)
    people = [AnnotatedPerson(number, picture, np.zeros(4), places, flags) for number, places in enumerate(keypoints)]
    return AnnotatedSet('train', skeleton, people=people)


def swapped(keypoints: np.ndarray, skeleton: Skeleton, *names: str) -> np.ndarray:
    order = list(range(len(skeleton)))
    for left, right in left_right_pairs(skeleton):
        if not names or skeleton.names[left] in names:
            order[left], order[right] = right, left
    return keypoints[order]


@pytest.fixture
def crowd() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [frontal(rng) for _ in range(40)]


@pytest.mark.parametrize('visible', [1, 2])  # files without a 2 do not tell hidden from visible
def test_people_who_are_right(crowd, visible: int) -> None:
    checked = people_set(COCO, crowd, visible)
    assert check_sides(checked) == []
    assert checked.findings == []


def test_a_person_or_a_pair_of_it(crowd) -> None:
    crowd[3] = swapped(crowd[3], COCO)
    crowd[7] = swapped(crowd[7], COCO, 'left_hip')
    checked = people_set(COCO, crowd)
    check_sides(checked)
    found = {finding.where: (finding.kind, finding.what) for finding in checked.findings}
    assert set(found) == {'annotation 3 of a.jpg', 'annotation 7 of a.jpg'}
    assert found['annotation 7 of a.jpg'] == ('swapped-person', 'left_hip against the other pairs')
    assert found['annotation 3 of a.jpg'][0] == 'swapped-person'


def test_the_whole_set(crowd) -> None:
    for names, where in (((), 'faces'), (('left_knee',), 'left_knee')):
        checked = people_set(COCO, [swapped(keypoints, COCO, *names) for keypoints in crowd])
        check_sides(checked)
        assert [(finding.kind, finding.where) for finding in checked.findings] == [('swapped-sides', where)]


def test_a_skeleton_without_a_face(crowd) -> None:
    skeleton = COCO.subset(COCO.names[5:])
    crowd = [keypoints[5:] for keypoints in crowd]
    crowd[5] = swapped(crowd[5], skeleton, 'left_shoulder')
    checked = people_set(skeleton, crowd)
    (unchecked,) = check_sides(checked)
    assert 'only a skeleton with a nose and two eyes' in unchecked
    assert [finding.where for finding in checked.findings] == ['annotation 5 of a.jpg']


def test_too_few_people_tell_nothing_of_a_pair(crowd) -> None:
    crowd[5] = swapped(crowd[5], COCO, 'left_shoulder')
    checked = people_set(COCO, crowd[:20])
    check_sides(checked)
    assert checked.findings == []


def test_names_that_do_not_say_the_side() -> None:
    skeleton = Skeleton('numbered', (Keypoint('k0', 0.1, swap='k1'), Keypoint('k1', 0.1, swap='k0')))
    assert left_right_pairs(skeleton) == []
    (unchecked,) = check_sides(people_set(skeleton, [np.zeros((2, 2))]))
    assert 'no pairs of keypoints whose names say which is the left one' in unchecked
    assert check_sides(AnnotatedSet('boxes', None)) == []


@pytest.mark.parametrize('names', [('L_Eye', 'R_Eye'), ('eye.left', 'eye.right'), ('leftEar', 'rightEar')])
def test_spellings_of_left(names) -> None:
    left, right = names
    skeleton = Skeleton('two', (Keypoint(right, 0.1, swap=left), Keypoint(left, 0.1, swap=right)))
    assert left_right_pairs(skeleton) == [(1, 0)]
