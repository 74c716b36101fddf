import numpy as np
import pytest
from mmpose.structures.bbox import bbox_xyxy2corner

from unipose.datasets.transforms import MaskOthers


def masked(others: list, people: list, flip: bool = False) -> np.ndarray:
    results = dict(
        heatmaps=np.zeros((18, 32, 32)),
        input_size=(128, 128),
        warp_mat=np.array([[0.5, 0, 0], [0, 0.5, 0]]),  # the picture is 256 x 256
        others=np.reshape(others, (-1, 4)).astype(np.float32),
        bbox=bbox_xyxy2corner(np.reshape(people, (-1, 4)).astype(np.float32)),  # input pixels
        flip=flip,
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
