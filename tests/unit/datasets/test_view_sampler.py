from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from unipose.datasets.view_sampler import ViewSampler


class FakeSource:
    def __init__(self, size: int, ratio: float) -> None:
        self.size, self.ratio = size, ratio

    def __len__(self) -> int:
        return self.size


def dataset_of(*sources: tuple[int, float]) -> SimpleNamespace:
    return SimpleNamespace(
        sources=[FakeSource(*source) for source in sources],
        first_indices=np.cumsum([0] + [size for size, _ in sources]),
        seed=0,
    )


def epoch(sampler: ViewSampler, number: int) -> list[tuple[int, int]]:
    sampler.set_epoch(number)
    return list(sampler)


def test_ratio_one_draws_everything_once_in_a_new_view() -> None:
    sampler = ViewSampler(dataset_of((10, 1.0), (4, 1.0)))
    for number in range(3):
        drawn = epoch(sampler, number)
        assert sorted(drawn) == [(i, number) for i in range(14)]
        assert len(sampler) == 14


@pytest.mark.parametrize('ratio', [0.3, 0.5, 1.5, 2.0, 2.7])
def test_ratios_hold_over_epochs_and_no_view_repeats(ratio: float) -> None:
    sampler = ViewSampler(dataset_of((10, ratio), (4, 1.0)))
    drawn = [pair for number in range(20) for pair in epoch(sampler, number)]
    assert max(Counter(drawn).values()) == 1
    times = Counter(index for index, _ in drawn)
    assert sum(times[i] for i in range(10)) == pytest.approx(200 * ratio, abs=1)
    assert max(times[i] for i in range(10)) - min(times[i] for i in range(10)) <= 1
    assert all(times[i] == 20 for i in range(10, 14))


def test_an_epoch_depends_on_seed_and_number_alone() -> None:
    data = dataset_of((10, 0.7), (4, 1.3))
    fresh, used = ViewSampler(data), ViewSampler(data)
    for number in range(4):
        epoch(used, number)
    assert epoch(fresh, 4) == epoch(used, 4)
    assert epoch(ViewSampler(data, seed=1), 4) != epoch(fresh, 4)


def test_ranks_share_an_epoch() -> None:
    data = dataset_of((10, 1.0), (5, 1.0))
    ranks = []
    for rank in range(2):
        sampler = ViewSampler(data)
        sampler.rank, sampler.world_size = rank, 2
        ranks.append(epoch(sampler, 0))
        assert len(ranks[-1]) == len(sampler) == 8
    assert {index for part in ranks for index, _ in part} == set(range(15))


def test_ratio_zero_is_no_source() -> None:
    assert {i for i, _ in epoch(ViewSampler(dataset_of((10, 0.0), (4, 1.0))), 0)} == set(range(10, 14))


def test_without_a_seed_the_order_is_that_of_the_datasets() -> None:  # MMEngine's diff_rank_seed=True gives None
    data = dataset_of((10, 1.0), (4, 1.0))
    data.seed = 7
    assert (
        epoch(ViewSampler(data, seed=None), 2)
        == epoch(ViewSampler(data, seed=7), 2)
        != epoch(ViewSampler(data, seed=0), 2)
    )
