import numpy as np
import pytest
from mmpose.structures.bbox import bbox_xyxy2corner

from unipose.datasets.transforms import MaskOthers


def rtmo_mask(everyone: bool) -> np.ndarray:
    """The mask of a picture with one person, another one who is not labelled, and an input of 128 pixels."""
    results = dict(
        input_size=(128, 128),
        warp_mat=np.array([[0.5, 0, 0], [0, 0.5, 0]]),
        others=np.array([[32, 64, 96, 160]], np.float32),
        bbox=np.array([[70, 10, 90, 50]], np.float32),
        everyone=everyone,
    )
    return MaskOthers(get_invalid=True)(results)['heatmap_mask']


def masked(others: list, people: list, flip: bool = False) -> np.ndarray:
    results = dict(
        heatmaps=np.zeros((18, 32, 32)),
        input_size=(128, 128),
        warp_mat=np.array([[0.5, 0, 0], [0, 0.5, 0]]),  # the picture is 256 x 256
        others=np.reshape(others, (-1, 4)).astype(np.float32),
        bbox=bbox_xyxy2corner(np.reshape(people, (-1, 4)).astype(np.float32)),  # input pixels
        flip=flip,
        everyone=True,
        field_mapping_table=dict(heatmaps='heatmaps'),
    )
    results = MaskOthers()(results)
    assert results['field_mapping_table'] == dict(heatmaps='heatmaps', heatmap_mask='heatmap_mask')
    return results['heatmap_mask'][0]


def test_nobody_else_is_there() -> None:
    assert masked([], [[10, 10, 50, 50]]).all()


@pytest.mark.parametrize('flip', [False, True])
def test_others_are_masked_but_not_who_is_labelled(flip: bool) -> None:
    mask = masked([[32, 64, 96, 160]], [], flip)
    rows, columns = np.nonzero(mask == 0)
    assert (rows.min(), rows.max()) == (8, 20)
    assert (columns.min(), columns.max()) == ((20, 28) if flip else (4, 12))
    beside = masked([[32, 64, 96, 160]], [[0, 0, 127, 48]], flip)
    assert beside[:13].all() and not beside[13:21][mask[13:21] == 0].any()


def test_rtmo_is_told_what_is_not_known_in_pixels_of_its_input() -> None:
    mask = rtmo_mask(everyone=True)
    assert mask.shape == (1, 128, 128) and mask.dtype == np.float32
    rows, columns = np.nonzero(mask[0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (32, 80, 16, 48)


def test_where_not_everyone_is_annotated_only_people_are_known() -> None:
    mask = rtmo_mask(everyone=False)[0]
    assert not mask[10:51, 70:91].any() and mask.sum() == 128 * 128 - 41 * 21
