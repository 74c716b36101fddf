import sys

import pytest
import torch

from unipose.losses import SimCCKLLoss
from unipose.simcc import SimCCTarget, rebin
from unipose.simcc.constants import exact


def test_a_whole_window_is_an_exact_slice() -> None:
    mass = torch.rand(2, 3, 512).softmax(-1)
    assert torch.equal(rebin(mass, 64, 1, 384), mass[..., 64:448])


@pytest.mark.parametrize('start', [-3, 5])
def test_windows_that_reach_outside_are_filled_with_nothing(start: int) -> None:
    mass = torch.full((4,), 0.25)
    expected = [0.25 if 0 <= start + i < 4 else 0.0 for i in range(6)]
    assert rebin(mass, start, 1, 6).tolist() == expected


def test_half_a_bin_shares_the_mass() -> None:
    assert rebin(torch.tensor([0.0, 1.0, 0.0]), 0.5, 1, 2).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ('start', 'step', 'num_bins'), [(0.5, 2.0, 32), (-0.25, 0.5, 128), (0.3, 1.7, 40), (-9, 1.0, 90)]
)
def test_mass_is_conserved(start: float, step: float, num_bins: int) -> None:
    mass = torch.randn(5, 64).softmax(-1)
    assert torch.allclose(rebin(mass, start, step, num_bins).sum(-1), torch.ones(5), atol=1e-5)


def test_the_mean_moves_as_the_coordinates_do() -> None:
    bins = torch.arange(200.0)
    mass = torch.softmax(-((bins - 77.3) ** 2) / 18, -1)
    start, step = 12.25, 1.5
    moved = rebin(mass, start, step, 100)
    assert start + step * (moved @ torch.arange(100.0)) == pytest.approx(77.3, abs=1e-3)


def test_there_and_back_in_finer_bins_is_the_identity() -> None:
    mass = torch.randn(3, 64).softmax(-1)
    finer = rebin(mass, -0.25, 0.5, 128)
    assert torch.allclose(rebin(finer, 0.5, 2, 64), mass, atol=1e-6)


@pytest.mark.parametrize('start', [4.0, torch.tensor([0.0, -3.3, 7.25, 60.0])])
@pytest.mark.parametrize('step', [1.0, 1.6, torch.tensor([1.0, 0.5, 1.7, 3.0])])
def test_samples_with_bins_of_their_own_are_as_each_alone(start: float | torch.Tensor, step: float | torch.Tensor):
    mass = torch.randn(4, 3, 64, generator=torch.Generator().manual_seed(0)).softmax(-1)
    together = rebin(mass, start, step, 40)
    assert together.shape == (4, 3, 40)
    for index in range(4):
        own = (float(value[index]) if isinstance(value, torch.Tensor) else value for value in (start, step))
        assert torch.allclose(together[index], rebin(mass[index], *own, 40), atol=1e-6)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match='step 0'):
        rebin(torch.ones(3), 0, 0, 3)


def test_a_place_that_is_no_number_has_nan_there_and_nowhere_else() -> None:
    mass = torch.rand(2, 3, 8).softmax(-1)
    start = torch.tensor([0.5, float('nan')])
    found = rebin(mass, start, torch.ones(2), 6)
    assert torch.equal(found[0], rebin(mass[:1], start[:1], torch.ones(1), 6)[0]) and found[1].isnan().all()


def test_sums_that_do_not_rise_leave_no_bin_below_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_a_gpu_might(mass: torch.Tensor, dim: int) -> torch.Tensor:
        return cumsum(mass, dim) + 1e-7 * torch.cos(7.0 * torch.arange(mass.shape[dim]))

    mass = torch.softmax(-((torch.arange(64.0) - 20.3) ** 2), -1).expand(1, 1, -1)
    expected, cumsum = rebin(mass, 0.3, 0.7, 90), torch.Tensor.cumsum
    monkeypatch.setattr(torch.Tensor, 'cumsum', as_a_gpu_might)
    found = rebin(mass, 0.3, 0.7, 90)
    assert (found >= 0).all() and torch.allclose(found, expected, atol=1e-6)
    assert SimCCKLLoss()((torch.zeros(1, 1, 90),) * 2, SimCCTarget.from_mass(found, found)).isfinite()


def test_a_device_without_float64_is_off_by_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert exact(torch.device('mps')) == torch.float32 and exact(torch.device('cuda')) == torch.float64
    mass = torch.randn(3, 512, generator=torch.Generator().manual_seed(0)).softmax(-1)
    expected = rebin(mass, 64.3, 1.27, 300)
    monkeypatch.setattr(sys.modules['unipose.simcc.rebin'], 'exact', lambda device: torch.float32)
    assert torch.allclose(rebin(mass, 64.3, 1.27, 300), expected, atol=1e-5)
