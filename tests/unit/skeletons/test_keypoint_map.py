import numpy as np
import pytest

from unipose.skeletons import KeypointMap, load_skeleton


def test_rows_go_where_their_name_is() -> None:
    mpii, both = load_skeleton('mpii'), load_skeleton('coco+mpii')
    keypoints = np.arange(32.0).reshape(1, 16, 2)
    moved = KeypointMap(mpii, both).scatter(keypoints, fill=-1)
    for name in mpii.names:
        assert (moved[0, both.index(name)] == keypoints[0, mpii.index(name)]).all()
    assert (moved[0, both.index('nose')] == -1).all()


def test_keypoints_may_lie_along_any_axis() -> None:
    scatter = KeypointMap(load_skeleton('mpii'), load_skeleton('coco+mpii')).scatter
    rows = np.arange(32.0).reshape(2, 16)
    assert (scatter(rows, axis=-1) == scatter(rows)).all() and scatter(rows).shape == (2, 21)
    assert (scatter(rows.T, axis=0) == scatter(rows).T).all()


@pytest.mark.parametrize('name', ['coco', 'mpii'])
def test_there_and_back_is_the_identity(name: str) -> None:
    part, both = load_skeleton(name), load_skeleton('coco+mpii')
    values = np.random.default_rng(0).normal(size=(2, len(part), 3))
    there = KeypointMap(part, both).scatter(values)
    back = KeypointMap(both, part, partial=True).scatter(there)
    assert (back == values).all()


def test_mapping_commutes_with_flipping() -> None:
    mpii, both = load_skeleton('mpii'), load_skeleton('coco+mpii')
    values = np.arange(16.0)[None]
    scatter = KeypointMap(mpii, both).scatter
    flipped_first = scatter(values[:, list(mpii.flip_indices)])
    assert (flipped_first == scatter(values)[:, list(both.flip_indices)]).all()


def test_aliases_name_the_same_point_differently() -> None:
    aic, mpii = load_skeleton('aic'), load_skeleton('coco+mpii')
    mapped = KeypointMap(aic, mpii, aliases={'neck': 'upper_neck'})
    assert mpii.index('upper_neck') in mapped.dst_indices


def test_a_substitute_stands_in_where_the_keypoint_is_missing_alone() -> None:
    halpe, both = load_skeleton('halpe26'), load_skeleton('coco+mpii')
    mapped = KeypointMap(halpe, both, partial=True, substitutes={'hip': 'pelvis'})
    pairs = {halpe.names[i]: both.names[j] for i, j in zip(mapped.src_indices, mapped.dst_indices, strict=True)}
    assert pairs['hip'] == 'pelvis' and pairs['left_hip'] == 'left_hip' and len(pairs) == 20
    three = load_skeleton('coco+mpii+halpe26')
    mapped = KeypointMap(halpe, three, substitutes={'hip': 'pelvis'})
    assert three.index('hip') in mapped.dst_indices and three.index('pelvis') not in mapped.dst_indices
    coco = load_skeleton('coco')  # has neither
    assert len(KeypointMap(halpe, coco, partial=True, substitutes={'hip': 'pelvis'}).src_indices) == 17


def test_problems_are_listed_together() -> None:
    with pytest.raises(ValueError, match=r"(?s)\['nose'.*not in 'mpii'.*aliases name keypoints \['tail'\]"):
        KeypointMap(load_skeleton('coco'), load_skeleton('mpii'), aliases={'tail': 'pelvis'})
    with pytest.raises(ValueError, match=r"one: \['upper_neck'\]"):
        KeypointMap(load_skeleton('mpii'), load_skeleton('coco+mpii'), aliases={'thorax': 'upper_neck'})
    with pytest.raises(ValueError, match=r"substitutes name keypoints \['tail'\]"):
        KeypointMap(load_skeleton('mpii'), load_skeleton('coco+mpii'), substitutes={'tail': 'pelvis'})


def test_a_wrong_number_of_keypoints_is_refused() -> None:
    with pytest.raises(ValueError, match=r'16 keypoints. Got: array of shape \(1, 17, 2\)'):
        KeypointMap(load_skeleton('mpii'), load_skeleton('coco+mpii')).scatter(np.zeros((1, 17, 2)))
