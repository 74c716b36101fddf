import re

import numpy as np
import pytest

from unipose.datasets.transforms.picture_warp import picture_warp

HALF = np.array([[0.5, 0, 3], [0, 0.5, 4]])


@pytest.mark.parametrize(
    ('flips', 'place'), [({}, (13, 24)), (dict(flip=False), (13, 24)), (dict(flip=True), (127 - 13, 24))]
)
def test_where_a_place_of_the_picture_lies_in_the_input(flips: dict, place: tuple) -> None:
    matrix = picture_warp(dict(warp_mat=HALF, input_size=(128, 128), **flips))
    np.testing.assert_allclose(matrix @ [20, 40, 1], [*place, 1])


@pytest.mark.parametrize(
    ('changes', 'said'),
    [
        (dict(warp_mat=np.eye(3)), "transform_mode='affine'"),
        (dict(input_size=(160, 128), flip=False), 'not square'),
        (dict(flip=True, flip_direction='vertical'), "horizontally alone. Got: 'vertical'"),
    ],
)
def test_other_warps_are_refused(changes: dict, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        picture_warp(dict(warp_mat=HALF, input_size=(128, 128)) | changes)


def test_an_input_that_is_not_square_is_not_mirrored() -> None:
    assert picture_warp(dict(warp_mat=HALF, input_size=(160, 128)))[0, 2] == 3
