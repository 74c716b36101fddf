import numpy as np
import pytest
import torch
from mmpose.codecs import SimCCLabel

from unipose.simcc import SimCCBins

CODEC = dict(type='SimCCLabel', input_size=(192, 256), sigma=(4.9, 5.66), simcc_split_ratio=2.0, normalize=False)


@pytest.fixture
def bins() -> SimCCBins:
    return SimCCBins.from_codec(CODEC)


def test_encoding_is_the_softmax_of_mmposes_label(bins: SimCCBins) -> None:
    keypoints = np.random.default_rng(0).uniform(5, 185, size=(1, 21, 2)).astype(np.float32)
    codec = SimCCLabel(**{k: v for k, v in CODEC.items() if k != 'type'}, use_dark=False)
    theirs = codec.encode(keypoints, np.ones((1, 21), np.float32))
    ours = bins.encode(torch.from_numpy(keypoints), torch.ones(1, 21))
    for rows, key in zip(ours.axes, ('keypoint_x_labels', 'keypoint_y_labels')):
        expected = torch.softmax(10 * torch.from_numpy(theirs[key]), -1)
        assert torch.allclose(rows, expected, atol=1e-6)
    assert (ours.weight == 1).all()


def test_the_label_is_as_wide_as_designed(bins: SimCCBins) -> None:
    assert bins.num_bins == (384, 512)
    assert bins.label_peaks[0] == pytest.approx(0.25, abs=0.01)
    row = bins.encode(torch.tensor([[[96.0, 128.0]]]), torch.ones(1, 1)).x[0, 0].double()
    core = slice(192 - 6, 192 + 7)
    mass = row[core] / row[core].sum()
    offsets = torch.arange(-6.0, 7.0, dtype=torch.double)
    assert (mass @ offsets**2).sqrt() == pytest.approx(1.7, abs=0.1)


def test_a_label_on_a_bin_is_the_encoded_one(bins: SimCCBins) -> None:
    encoded = bins.encode(torch.tensor([[[50.0, 200.5]]]), torch.ones(1, 1))
    for axis, bin_ in ((0, 100.0), (1, 401.0)):
        label, inside = bins.labels_at(torch.full((1, 1), bin_), axis, torch.zeros(1, 1))
        assert torch.allclose(label, encoded.axes[axis], atol=1e-6)
        assert inside.item() == pytest.approx(1.0, abs=1e-4)


def test_at_the_edge_half_a_label_and_half_a_bin_are_inside(bins: SimCCBins) -> None:
    label, inside = bins.labels_at(torch.tensor([0.0, 383.0, -30.0, 450.0]), 0, torch.zeros(4))
    half = 0.5 + bins.label_peaks[0] / 2
    assert inside.tolist() == pytest.approx([half, half, 0.0, 0.0], abs=0.01)
    assert torch.allclose(label.sum(-1), torch.ones(4), atol=1e-5)


def test_the_label_of_an_uncertain_place_is_as_wide_as_the_average_label(bins: SimCCBins) -> None:
    places = 192.0 + 8.0 * torch.randn(4000, generator=torch.Generator().manual_seed(0))
    average = bins.labels_at(places, 0, torch.zeros(4000))[0].mean(0)
    label, inside = bins.labels_at(torch.tensor([192.0, 0.0]), 0, torch.tensor([8.0, 8.0]))
    assert (average * (average / label[0]).log()).sum() < 0.02
    assert inside.tolist() == pytest.approx([1.0, 0.5], abs=0.03)


def test_decoding_gives_back_what_was_encoded(bins: SimCCBins) -> None:
    keypoints = torch.rand(4, 21, 2) * torch.tensor([191.0, 255.0])
    decoded = bins.decode(bins.encode(keypoints, torch.ones(4, 21)))
    assert (decoded - keypoints).abs().max() <= 0.25


def test_expected_coordinates_of_a_centred_label(bins: SimCCBins) -> None:
    centre = torch.tensor([[[96.0, 128.0]]])  # near the middle, where the flat tail pulls to neither side
    assert torch.allclose(bins.expected(bins.encode(centre, torch.ones(1, 1))), centre, atol=0.01)


@pytest.mark.parametrize(
    ('point', 'weight'),
    [
        ((0.0, 0.0), 1),
        ((191.5, 255.5), 1),
        ((-0.6, 10.0), 0),
        ((192.0, 10.0), 0),
        ((10.0, 256.0), 0),
        ((-3.0, -3.0), 0),
    ],
)
def test_outside_the_input_has_no_weight(bins: SimCCBins, point: tuple[float, float], weight: int) -> None:
    target = bins.encode(torch.tensor([[point]]), torch.ones(1, 1))
    assert target.weight.item() == weight
    assert target.x.sum().item() == pytest.approx(1.0, abs=1e-5)


def test_what_is_not_annotated_stays_without_weight(bins: SimCCBins) -> None:
    assert bins.encode(torch.full((1, 2, 2), 50.0), torch.tensor([[0.0, 1.0]])).weight.tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(type='MSRAHeatmap'), 'must be a SimCCLabel'),
        (dict(smoothing_type='standard'), 'Gaussian labels'),
        (dict(normalize=True), 'normalize=False'),
    ],
)
def test_other_codecs_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SimCCBins.from_codec(dict(CODEC, **change))
