import pytest
import torch

from unipose.simcc import DynamicBins, Frame, SimCCBins, SimCCTarget, without_tail

CROP = SimCCBins((128, 128), (4.0, 4.0))
CENTERS = torch.tensor([[70.0, 90.5], [110.2, 60.0]])


@pytest.mark.parametrize('height', [90.0, 210.0])
def test_a_place_in_a_crop_is_the_same_place_in_the_bins_of_a_box(height: float) -> None:
    place = torch.tensor([[[60.0, 80.0]], [[30.0, 100.0]]])
    target = CROP.encode(place, torch.tensor([[1.0], [0.5]]))
    in_picture = CENTERS[:, None] + (place - 64) * height / 128
    people = torch.tensor([1, 0, 1])
    bins = DynamicBins(in_picture[people, 0] + torch.tensor([3.0, -5.0]), torch.tensor([[60.0, 120.0]] * 3), (96, 128))
    frame = Frame.of_crops(CENTERS, torch.tensor([height, height]), CROP)
    there = bins.take(without_tail(target, 1e-3), frame, people)
    assert torch.allclose(there.weight[:, 0], torch.tensor([0.5, 1.0, 0.5]), atol=1e-3)
    assert torch.allclose(bins.expected(there), in_picture[people], atol=0.05)


def test_what_lies_outside_of_a_box_has_no_weight() -> None:
    target = CROP.encode(torch.tensor([[[10.0, 64.0]]]), torch.ones(1, 1))
    frame = Frame.of_crops(CENTERS[:1], torch.tensor([128.0]), CROP)
    narrow = DynamicBins(CENTERS[:1], torch.tensor([[40.0, 120.0]]), (96, 128))
    assert narrow.take(without_tail(target, 1e-3), frame, torch.tensor([0])).weight.item() == 0


def test_tails_are_cut_and_peaks_stay() -> None:
    rows = torch.tensor([[[0.7, 0.25, 0.03, 0.02]]])
    cut = without_tail(SimCCTarget(rows, rows, torch.ones(1, 1)), 0.1)
    assert torch.allclose(cut.x, torch.tensor([[[0.7, 0.25, 0.0, 0.0]]]) / 0.95)
