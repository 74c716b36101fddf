"""Exact stand-ins for networks: what they see is a spot, and what they say is the label at its place."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

from unipose.simcc.flip_test import set_flip_test, shifted

WIDTH, HEIGHT = SIZE = (96, 128)
NUM = 200
SWAPPED = [index ^ 1 for index in range(NUM)]


def places() -> np.ndarray:
    """Places all over the input and between its pixels, ``[NUM, 2]``."""
    return 20.0 + np.random.default_rng(0).random((NUM, 2)) * (np.array(SIZE) - 40)


def mirrored(where: np.ndarray) -> np.ndarray:
    """The same on the mirrored image, where left is right."""
    return np.stack([WIDTH - 1 - where[SWAPPED, 0], where[SWAPPED, 1]], -1)


def simcc(split_ratio: float) -> Any:
    """A SimCC head whose features are places."""
    codec = dict(type='SimCCLabel', input_size=SIZE, sigma=(3.46, 4.0), simcc_split_ratio=split_ratio, normalize=False)
    attention = dict(
        hidden_dims=8, s=4, expansion_factor=2, dropout_rate=0.0, drop_path=0.0, act_fn='SiLU', use_rel_bias=False,
        pos_enc=False,
    )  # fmt: skip
    head = _built(
        type='AnchoredRTMCCHead', in_channels=4, out_channels=NUM, input_size=SIZE, in_featuremap_size=(3, 4),
        simcc_split_ratio=split_ratio, gau_cfg=attention, decoder=dict(codec, use_dark=False),
    )  # fmt: skip

    def label(where: np.ndarray) -> tuple[torch.Tensor, ...]:
        axes = zip(where.T * split_ratio, SIZE, (3.46, 4.0), strict=True)
        distances = [((np.arange(side * split_ratio) - x[:, None]) / sigma) ** 2 for x, side, sigma in axes]
        return tuple(torch.from_numpy(np.exp(-squares / 2))[None] for squares in distances)

    head.forward = label
    return head


def of_codec(**codec: Any) -> Any:
    """A head whose features are places and whose outputs are the codec's labels there."""
    stages = codec.pop('stages', False)
    codec = dict(codec, input_size=SIZE)
    if codec['type'] == 'RegressionLabel':
        head = _built(type='RegressionHead', in_channels=4, num_joints=NUM, decoder=codec)
        head.forward = lambda where: torch.from_numpy(where / SIZE)[None]
        return head
    codec['heatmap_size'] = (24, 32)
    head = _built(
        **dict(type='CPMHead', num_stages=1) if stages else dict(type='HeatmapHead'),
        in_channels=4, out_channels=NUM, deconv_out_channels=None, decoder=codec,
    )  # fmt: skip

    def label(where: np.ndarray) -> Any:
        maps = torch.from_numpy(head.decoder.encode(where[None], np.ones((1, NUM)))['heatmaps'])[None]
        return [0 * maps, maps] if stages else maps

    head.forward = label
    return head


def _built(**config: Any) -> Any:
    init_default_scope('mmpose')
    return MODELS.build(config)


def predicted(head: Any, flip_test: Any, **test_cfg: Any) -> np.ndarray:
    """Where it predicts keypoints, ``[NUM, 2]``, input pixels."""
    model = SimpleNamespace(test_cfg=test_cfg, head=head)
    set_flip_test(model, flip_test)
    sample = SimpleNamespace(metainfo=dict(flip_indices=SWAPPED, input_size=SIZE))
    feats = [places(), mirrored(places())] if flip_test else places()
    [found] = head.predict(feats, [sample], test_cfg=model.test_cfg)
    return found.keypoints[0]


def moves(head: Any, flip_test: Any, **test_cfg: Any) -> tuple[float, float]:
    """How far right and down a flip test moves what an exact network predicts, on average."""
    return tuple((predicted(head, flip_test, **test_cfg) - predicted(head, False)).mean(0))


@pytest.mark.parametrize(('split_ratio', 'by'), [(1.0, 0.0), (2.0, 0.25), (3.0, 1 / 3)])
def test_mmposes_moves_simcc_to_the_right_and_the_aligned_one_nothing(split_ratio: float, by: float) -> None:
    assert moves(simcc(split_ratio), True) == pytest.approx((by, 0.0), abs=0.03)
    np.testing.assert_allclose(predicted(simcc(split_ratio), 'aligned'), predicted(simcc(split_ratio), False))


@pytest.mark.parametrize('stages', [False, True])
def test_mmposes_moves_heatmaps_either_way_and_the_aligned_one_nothing(stages: bool) -> None:
    codec = dict(type='MSRAHeatmap', sigma=1.5, unbiased=True)
    for shift_heatmap, by in ((False, -1.5), (True, 0.5)):
        assert moves(of_codec(**codec, stages=stages), True, shift_heatmap=shift_heatmap) == pytest.approx(
            (by, 0.0), abs=0.01
        )
        assert moves(of_codec(**codec, stages=stages), 'aligned', shift_heatmap=shift_heatmap) == pytest.approx(
            (0.0, 0.0), abs=0.02
        )


@pytest.mark.parametrize(
    'codec', [dict(type='UDPHeatmap', sigma=1.5), dict(type='RegressionLabel')], ids=lambda codec: codec['type']
)
def test_what_reversing_brings_to_its_place_is_not_moved(codec: dict) -> None:
    test_cfg = dict(shift_heatmap=True, shift_coords=False)  # would move it
    assert abs(moves(of_codec(**codec), True, **test_cfg)[0]) > 0.4
    assert moves(of_codec(**codec), 'aligned', **test_cfg) == pytest.approx((0.0, 0.0), abs=0.1)


def test_megviis_cells_lie_half_a_cell_further_on() -> None:
    head = of_codec(type='MegviiHeatmap', kernel_size=7)

    def decode(maps: torch.Tensor) -> list[SimpleNamespace]:  # to centres: the codec's knows quarters of a cell only
        rows = (maps.sum(-2), maps.sum(-1))  # [1, K, W], [1, K, H]
        centres = [4 * (row * torch.arange(row.shape[-1])).sum(-1) / row.sum(-1) for row in rows]
        return [SimpleNamespace(keypoints=torch.stack(centres, -1).numpy())]

    head.decode = decode
    assert moves(head, True, shift_heatmap=False) == pytest.approx((0.5, 0.0), abs=0.1)
    assert moves(head, 'aligned') == pytest.approx((0.0, 0.0), abs=0.1)


def test_a_model_follows_its_test_cfg_and_its_copy_predicts_by_itself() -> None:
    head = simcc(2.0)
    aligned, sample = predicted(head, 'aligned'), SimpleNamespace(metainfo=dict(flip_indices=SWAPPED))
    [found] = head.predict([places(), mirrored(places())], [sample], test_cfg=dict(flip_test=True))
    assert found.keypoints[0].mean() > aligned.mean() + 0.1
    copied = copy.deepcopy(head)
    assert copied.predict.args[0] is copied  # as EMA's copy of a student must be


def test_rows_repeat_their_ends() -> None:
    rows = torch.tensor([[1.0, 2.0, 4.0, 8.0]])
    assert shifted(rows, 1).tolist() == [[1.0, 1.0, 2.0, 4.0]]
    assert shifted(rows, -2).tolist() == [[4.0, 8.0, 8.0, 8.0]]
    assert shifted(rows, 0.25).tolist() == [[1.0, 1.75, 3.5, 7.0]]


def test_errors() -> None:
    model = SimpleNamespace(test_cfg=None, head=SimpleNamespace(decoder=SimpleNamespace()))
    with pytest.raises(ValueError, match="flip_test must be True, False or 'aligned'. Got: 'both'"):
        set_flip_test(model, 'both')
    with pytest.raises(ValueError, match="flip test cannot be aligned; use flip_test=True, which is MMPose's"):
        set_flip_test(model, 'aligned')
