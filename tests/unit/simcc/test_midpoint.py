import pytest
import torch

from unipose.simcc import SimCCBins, SimCCTarget, midpoint, midpoints


def by_hand(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Every pair of bins in turn."""
    out = torch.zeros(len(first), dtype=torch.float64)
    for i, p in enumerate(first.tolist()):
        for j, q in enumerate(second.tolist()):
            out[(i + j) // 2] += p * q / 2
            out[(i + j + 1) // 2] += p * q / 2
    return out


def rows(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.softmax(4 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), -1)


def test_a_value_worked_out_by_hand() -> None:
    # sums 0 and 1 with 0.5 * 0.25 each, 3 and 4 with 0.5 * 0.75 each; half of 1 is half-way from bin 0 to 1
    first, second = torch.tensor([0.5, 0.5, 0.0, 0.0]), torch.tensor([0.25, 0.0, 0.0, 0.75])
    assert midpoint(first, second).tolist() == pytest.approx([0.1875, 0.25, 0.5625, 0.0], abs=1e-6)


@pytest.mark.parametrize('bins', [1, 2, 7, 32])
def test_it_is_what_every_pair_of_bins_adds(bins: int) -> None:
    first, second = rows(3, bins), rows(3, bins, seed=1)
    expected = torch.stack([by_hand(*both) for both in zip(first, second)])
    assert torch.allclose(midpoint(first, second).double(), expected, atol=1e-6)


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16, torch.float64])
def test_rows_stay_probabilities(dtype: torch.dtype) -> None:
    row = midpoint(rows(4, 17, 384).to(dtype), rows(4, 17, 384, seed=1).to(dtype))
    assert row.dtype == torch.promote_types(dtype, torch.float32) and (row >= 0).all()
    assert torch.allclose(row.sum(-1), torch.ones(4, 17, dtype=row.dtype), atol=1e-5)


def test_the_mean_is_half_way_and_the_spread_half_of_both() -> None:
    bins = SimCCBins((192, 256), (4.9, 5.66))
    place = torch.arange(384.0)
    labels = [bins.labels_at(torch.tensor(at), 0, torch.tensor(wide))[0] for at, wide in ((150.0, 3.0), (231.0, 8.0))]

    def moments(row: torch.Tensor) -> tuple[float, float]:
        mean = row @ place
        return mean.item(), (row @ (place - mean) ** 2).item()

    (first, wide), (second, wider) = (moments(row) for row in labels)
    mean, variance = moments(midpoint(*labels))
    assert mean == pytest.approx((first + second) / 2, abs=1e-3)
    assert variance == pytest.approx((wide + wider) / 4 + 1 / 8, rel=1e-3)  # 1 / 8: half bins are split


def test_two_peaks_become_one_between_them() -> None:
    ends = torch.eye(384)
    assert midpoint(ends[100], ends[200]).argmax() == 150
    assert midpoint(ends[383], ends[383]).argmax() == 383 and midpoint(ends[0], ends[0]).argmax() == 0


def test_order_does_not_matter() -> None:
    assert torch.allclose(midpoint(rows(50), rows(50, seed=1)), midpoint(rows(50, seed=1), rows(50)), atol=1e-7)


def test_rows_of_other_bins_are_refused() -> None:
    with pytest.raises(ValueError, match=r'Got: \(3, 8\), \(3, 9\)'):
        midpoint(torch.ones(3, 8), torch.ones(3, 9))


def test_midpoints_of_a_target() -> None:
    bins = SimCCBins((192, 256), (4.9, 5.66))
    places = torch.tensor([[[60.0, 100.0], [90.0, 120.0], [10.0, 10.0]]])
    target = bins.encode(places, torch.tensor([[0.8, 0.5, 0.0]]))
    found = midpoints(target, [(0, 1), (2, 0)])
    assert found.x.shape == (1, 2, 384) and found.y.shape == (1, 2, 512)
    assert bins.decode(found)[0, 0].tolist() == [75.0, 110.0]
    assert found.weight.tolist() == [[pytest.approx(0.4), 0.0]]


def test_a_flipped_midpoint_is_the_midpoint_of_what_is_flipped() -> None:
    first, second = rows(2, 3, 64), rows(2, 3, 64, seed=1)
    assert torch.allclose(midpoint(first.flip(-1), second.flip(-1)), midpoint(first, second).flip(-1), atol=1e-6)


def test_nothing_is_derived_from_nothing() -> None:
    target = SimCCTarget(rows(1, 2, 8), rows(1, 2, 8), torch.ones(1, 2))
    assert midpoints(target, []).weight.shape == (1, 0)
