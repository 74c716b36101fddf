import math

import pytest
import torch
from torch import Tensor

from unipose.simcc import Persons, SimCCBins, SimCCTarget, moved

BINS = SimCCBins((96, 128), (3.46, 4.0))
NOBODY = torch.tensor([False, False])


def turned(degrees: float, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)) -> tuple[Tensor, Tensor]:
    """Matrix ``[2, 2, 2]`` and shift ``[2, 2]`` of a turn around the window's middle, for two samples alike."""
    angle = math.radians(degrees)
    matrix = scale * torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    middle = torch.tensor([47.75, 63.75])
    return matrix.expand(2, 2, 2), (middle - matrix @ middle + torch.tensor(shift)).expand(2, 2)


def places(num: int = 5, seed: int = 0) -> Tensor:
    """Places on bins, well inside whatever is tried below."""
    inside = torch.rand(2, num, 2, generator=torch.Generator().manual_seed(seed))
    return ((inside - 0.5) * torch.tensor([40.0, 60.0]) + torch.tensor([48.0, 64.0])).round()


def means(rows: Tensor) -> Tensor:
    """Mean of rows without their flat tail, bins."""
    core = rows * (rows > 1e-3)
    return core @ torch.arange(rows.shape[-1], dtype=rows.dtype) / core.sum(-1)


def spreads(rows: Tensor) -> Tensor:
    """Standard deviation of rows without their flat tail, bins."""
    core = rows * (rows > 1e-3)
    away = torch.arange(rows.shape[-1], dtype=rows.dtype) - means(rows)[..., None]
    return ((core * away**2).sum(-1) / core.sum(-1)).sqrt()


@pytest.mark.parametrize('degrees', [0.0, 15.0, -40.0, 90.0, 180.0])
@pytest.mark.parametrize(('scale', 'shift'), [(1.0, (0.0, 0.0)), (0.75, (3.3, -2.6)), (1.25, (-1.2, 4.9))])
def test_sure_places_go_where_the_picture_goes(degrees: float, scale: float, shift: tuple[float, float]) -> None:
    matrix, offset = turned(degrees, scale, shift)
    before = BINS.encode(places(), torch.ones(2, 5))
    after = moved(before, matrix, offset, BINS, NOBODY, range(5))
    expected = places() @ matrix[0].T + offset[0]
    found = torch.stack([means(rows) for rows in after.axes], -1) / BINS.split_ratio
    assert (found - expected).abs().max() < 0.08  # pixels; a row is taken to be constant within a bin
    assert torch.allclose(after.weight, torch.ones(2, 5), atol=0.01)
    for rows in after.axes:
        assert torch.allclose(rows.sum(-1), torch.ones(2, 5), atol=1e-5) and (rows >= 0).all()


def test_what_does_not_move_stays() -> None:
    rows = torch.softmax(4 * torch.randn(2, 3, 192 + 256, generator=torch.Generator().manual_seed(0)), -1)
    x, y = (part / part.sum(-1, keepdim=True) for part in rows.split([192, 256], -1))
    before = SimCCTarget(x, y, torch.rand(2, 3))
    after = moved(before, torch.eye(2).expand(2, 2, 2), torch.zeros(2, 2), BINS, NOBODY, range(3))
    # a thousandth of the other axis is mixed in
    assert torch.allclose(after.x, before.x, atol=0.02) and torch.allclose(after.y, before.y, atol=0.02)
    assert torch.allclose(after.weight, before.weight, atol=1e-3)


def test_it_is_what_every_pair_of_bins_adds() -> None:
    bins = SimCCBins((12, 16), (2.0, 2.0), split_ratio=1.0)
    generator = torch.Generator().manual_seed(1)
    x, y = (torch.softmax(2 * torch.randn(1, 1, n, generator=generator), -1) for n in bins.num_bins)
    factors, shift = torch.tensor([0.8, -0.7]), torch.tensor([[6.4, 3.0]])
    matrix = torch.stack([factors, torch.tensor([0.6, 0.9])])[None]
    found = moved(SimCCTarget(x, y, torch.ones(1, 1)), matrix, shift, bins, NOBODY[:1], [0])
    by_hand = torch.zeros(12)
    for i, p in enumerate(x[0, 0].tolist()):
        for j, q in enumerate(y[0, 0].tolist()):
            place = factors[0] * i + factors[1] * j + shift[0, 0]
            if -0.5 <= place < 11.5:
                by_hand[int(place.round())] += p * q
    # bins have a width, which blurs the sum by up to a bin
    assert (found.x[0, 0].cumsum(-1) * by_hand.sum() - by_hand.cumsum(-1)).abs().max() < 0.1


def test_a_turn_swaps_the_spreads() -> None:
    bins = torch.arange(256.0)
    wide, narrow = (torch.softmax(-((bins - 100) ** 2) / (2 * sd**2), -1) for sd in (9.0, 3.0))
    before = SimCCTarget(wide[:192].expand(1, 1, -1) / wide[:192].sum(), narrow.expand(1, 1, -1), torch.ones(1, 1))
    matrix, shift = turned(90.0)
    after = moved(before, matrix[:1], shift[:1], BINS, NOBODY[:1], [0])
    assert spreads(after.x).item() == pytest.approx(3.0, abs=0.2)
    assert spreads(after.y).item() == pytest.approx(9.0, abs=0.6)
    matrix, shift = turned(45.0)
    after = moved(before, matrix[:1], shift[:1], BINS, NOBODY[:1], [0])
    assert spreads(after.x).item() == pytest.approx(math.sqrt((81 + 9) / 2), abs=0.4)


def test_what_leaves_the_window_counts_for_less() -> None:
    before = BINS.encode(torch.tensor([[[90.0, 64.0], [10.0, 64.0]]]), torch.tensor([[0.5, 0.8]]))
    after = moved(before, torch.eye(2)[None], torch.tensor([[12.0, 0.0]]), BINS, NOBODY[:1], range(2))
    assert after.weight[0, 0] < 0.01 and after.weight[0, 1] == pytest.approx(0.8, abs=0.01)


def test_a_mirror_image_has_the_other_sides_keypoints() -> None:
    before = BINS.encode(torch.tensor([[[30.0, 64.0], [70.0, 20.0]]]).expand(2, 2, 2), torch.tensor([[1.0, 0.5]] * 2))
    matrix = torch.stack([torch.diag(torch.tensor([-1.0, 1.0])), torch.eye(2)])
    shift = torch.tensor([[95.0, 0.0], [0.0, 0.0]])
    after = moved(before, matrix, shift, BINS, torch.tensor([True, False]), [1, 0])
    assert (BINS.decode(after)[0] - torch.tensor([[25.0, 20.0], [65.0, 64.0]])).abs().max() <= 0.5
    assert (BINS.decode(after)[1] - torch.tensor([[30.0, 64.0], [70.0, 20.0]])).abs().max() <= 0.5
    assert torch.allclose(after.weight, torch.tensor([[0.5, 1.0], [1.0, 0.5]]), atol=0.01)


@pytest.mark.parametrize('mirrored', [False, True])
def test_the_way_of_a_person_is_that_of_any_place(mirrored: bool) -> None:
    there = torch.tensor([[[47.75, 63.75], [20.0, 0.0], [0.0, 50.0]]])
    matrix, shift = turned(25.0, 1.2, (4.0, -3.0))
    matrix, shift = matrix[:1], shift[:1]
    if mirrored:
        matrix, shift = torch.diag(torch.tensor([-1.0, 1.0])) @ matrix, shift * torch.tensor([-1.0, 1.0])
        shift = shift + torch.tensor([95.0, 0.0])
    here = torch.stack(
        [there[:, 0] @ matrix[0].T + shift, *((vector @ matrix[0].T) for vector in there[:, 1:].unbind(1))], 1
    )
    if mirrored:  # the annotated box of a mirror image is a box again, its right side to the right
        here[:, 1] *= -1
    found = Persons(('coco',), here, torch.tensor([[40.0, 100.0]])).way_from(there, torch.tensor([mirrored]))
    assert torch.allclose(found[0].float(), matrix, atol=1e-4) and torch.allclose(found[1].float(), shift, atol=1e-3)


def test_a_box_without_area_moves_nobody_to_infinity() -> None:
    flat = torch.tensor([[[40.0, 50.0], [0.0, 0.0], [0.0, 20.0]]])
    matrix, shift = Persons(('coco',), flat, torch.ones(1, 2)).way_from(flat, torch.tensor([False]))
    assert torch.isfinite(matrix).all() and torch.isfinite(shift).all()


@pytest.mark.parametrize('part', [0, 1])
def test_who_has_moved_by_no_number_is_nowhere_and_the_others_stay_where_they_are(part: int) -> None:
    way = [values.clone() for values in turned(15)]
    before = BINS.encode(places(), torch.ones(2, 5))
    expected = moved(before, *way, BINS, NOBODY, range(5))
    way[part][1] = math.nan
    found = moved(before, *way, BINS, NOBODY, range(5))
    assert found.weight[1].isnan().all() and torch.allclose(found.weight[0], expected.weight[0])
    assert torch.allclose(found.x[0], expected.x[0], atol=1e-6)
