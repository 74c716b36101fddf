"""Compact targets: what they lose, and what they refuse."""

import pytest
import torch

from unipose.simcc import SimCCBins, SimCCTarget
from unipose.simcc.compact import LEAVES, compact_bytes, compress, decompress

BINS = SimCCBins((192, 256), (4.9, 5.66))


def label(places: torch.Tensor, spread: float = 0.0) -> SimCCTarget:
    """Labels at places ``[B, K, 2]``, bins, widened like those of an unsure teacher."""
    width = torch.full(places.shape[:2], spread)
    x, y = (BINS.labels_at(places[..., axis], axis, width)[0] for axis in (0, 1))
    return SimCCTarget(x, y, torch.rand(places.shape[:2], generator=torch.Generator().manual_seed(1)))


def noisy(target: SimCCTarget, nats: float = 0.3) -> SimCCTarget:
    """The same rows, their logarithms bent by a smooth noise, as a network bends them."""
    generator, rows = torch.Generator().manual_seed(2), []
    for row in target.axes:
        coarse = torch.randn(*row.shape[:2], row.shape[2] // 8, generator=generator) * nats
        bend = torch.nn.functional.interpolate(coarse, size=row.shape[2], mode='linear')
        rows.append(torch.softmax(row.log() + bend, -1))
    return SimCCTarget(*rows, target.weight)


def mixed(first: SimCCTarget, second: SimCCTarget, share: float) -> SimCCTarget:
    return SimCCTarget(*(torch.lerp(a, b, share) for a, b in zip(first.axes, second.axes)), first.weight)


def loss(target: SimCCTarget, stored: SimCCTarget) -> torch.Tensor:
    """KL of both axes, nats per keypoint."""
    return sum(
        (torch.xlogy(true, true) - torch.xlogy(true, kept)).sum(-1) for true, kept in zip(target.axes, stored.axes)
    )


def places(seed: int = 0) -> torch.Tensor:
    return torch.rand(8, 17, 2, generator=torch.Generator().manual_seed(seed)) * torch.tensor([383.0, 511.0])


@pytest.mark.parametrize('spread', [0.0, 4.0, 15.0])
def test_what_a_teacher_says_of_a_point_loses_less_than_a_thousandth_of_a_nat(spread: float) -> None:
    target = noisy(label(places(), spread))
    stored = decompress(compress(target), BINS.num_bins)
    assert loss(target, stored).mean() <= 1e-3
    assert (BINS.expected(target) - BINS.expected(stored)).abs().mean() < 0.1
    assert torch.allclose(stored.x.sum(-1), torch.ones(8, 17)) and torch.allclose(stored.y.sum(-1), torch.ones(8, 17))


def test_two_peaks_stay_two() -> None:
    target = mixed(label(places(), 2.0), label(places(1), 2.0), 0.4)
    stored = decompress(compress(target), BINS.num_bins)
    assert loss(target, stored).mean() < 0.01
    for row, kept in zip(target.axes, stored.axes):
        assert (row.argmax(-1) - kept.argmax(-1)).abs().float().mean() < 2


def test_the_bytes_are_those_of_the_format() -> None:
    rows = torch.zeros(1, 1, 8)
    rows[..., 2] = 1
    # halved where the one bin is: bins 0 and 1, 2, 3, and 4 to 7; densities in sixteenths of a nat, 255 the least
    densities, widths, one = [255, 0, 255, 255], [1 | 0 << 4, 0 | 2 << 4], [0x00, 0x3C]
    packed = compress(SimCCTarget(rows, rows, torch.ones(1, 1)), leaves=4)
    assert packed.flatten().tolist() == densities * 2 + widths * 2 + one


def test_an_edge_is_seen() -> None:
    rows = torch.zeros(1, 1, 384)
    rows[..., 100:133] = 1 / 33
    target = SimCCTarget(rows, rows, torch.ones(1, 1))
    stored = decompress(compress(target), (384, 384))
    assert stored.x[..., 100:133].sum() > 0.98


def test_rows_of_nothing_stay_flat() -> None:
    flat = torch.full((1, 1, 384), 1 / 384)
    stored = decompress(compress(SimCCTarget(flat, flat, torch.zeros(1, 1))), (384, 384))
    assert torch.allclose(stored.x, flat, rtol=0.05) and stored.weight == 0


def test_more_leaves_lose_less() -> None:
    target = noisy(label(places()))
    losses = [loss(target, decompress(compress(target, leaves), BINS.num_bins)).mean() for leaves in (16, 24, 40, 64)]
    assert losses == sorted(losses, reverse=True)


def test_both_teachers_of_a_view_fit_into_three_kilobytes() -> None:
    assert (17 + 16) * compact_bytes(LEAVES) + 12 <= 3 * 1024


def test_weights_are_kept_to_half_precision() -> None:
    target = label(places())
    stored = decompress(compress(target), BINS.num_bins)
    assert torch.allclose(stored.weight, target.weight, atol=5e-4)


@pytest.mark.parametrize('leaves', [0, 7, -2])
def test_an_odd_number_of_leaves_is_refused(leaves: int) -> None:
    with pytest.raises(ValueError, match='even number'):
        compress(label(places()), leaves)


def test_more_leaves_than_bins_are_refused() -> None:
    rows = torch.full((1, 1, 16), 1 / 16)
    with pytest.raises(ValueError, match='fewer leaves'):
        compress(SimCCTarget(rows, rows, torch.ones(1, 1)), 18)


def test_other_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match='compact targets are bytes'):
        decompress(torch.zeros(1, 1, 91, dtype=torch.uint8), BINS.num_bins)
    with pytest.raises(ValueError, match='another number of bins'):
        decompress(compress(label(places())), (192, 256))
