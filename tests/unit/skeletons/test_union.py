import pytest

from unipose.skeletons import Skeleton, load_skeleton, union
from unipose.skeletons.skeleton import Keypoint


def test_coco_and_mpii_make_21_keypoints() -> None:
    coco, mpii = load_skeleton('coco'), load_skeleton('mpii')
    both = union(coco, mpii)
    assert both.names == (*coco.names, 'pelvis', 'thorax', 'upper_neck', 'head_top')
    assert both.sigmas[:17] == coco.sigmas
    assert both.sigmas[17:] == tuple(mpii.sigmas[mpii.index(name)] for name in both.names[17:])
    assert len(set(coco.names) & set(mpii.names)) == 12


def test_a_third_skeleton_adds_only_what_is_new() -> None:
    assert load_skeleton('coco+mpii+aic').names[21:] == ('neck',)


def test_an_alias_makes_synonyms_one() -> None:
    parts = [load_skeleton(name) for name in ('coco', 'mpii', 'aic')]
    assert len(union(*parts, aliases={'neck': 'upper_neck'})) == 21


def test_the_first_skeleton_that_defines_a_sigma_wins() -> None:
    first, second, third = (Skeleton(n, (Keypoint('nose', s),)) for n, s in (('a', None), ('b', 0.1), ('c', 0.2)))
    assert union(first, second, third).sigmas == (0.1,)
    assert union(third, second).sigmas == (0.2,)


def test_links_are_not_doubled_by_direction() -> None:
    both = load_skeleton('coco+mpii')
    assert len({frozenset(pair) for pair in both.link_indices}) == len(both.links)


def test_contradicting_swaps_are_refused() -> None:
    left = Skeleton('a', (Keypoint('l', 0.1, swap='r'), Keypoint('r', 0.1, swap='l')))
    middle = Skeleton('b', (Keypoint('l', 0.1),))
    with pytest.raises(ValueError, match="what mirrors 'l': r or nothing"):
        union(left, middle)
    with pytest.raises(ValueError, match='at least one'):
        union()
