import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from tests.builders import adapter_of_head
from unipose.simcc import SimCCBins, SimCCTarget, Window
from unipose.teachers.adapters import build_adapter
from unipose.teachers.networks.mmpose_heads import describe_head
from unipose.teachers.outputs import CoordinateOutput

STUDENT = (192, 256)
BINS = SimCCBins(STUDENT, (4.9, 5.66))


def rle_head(**loss) -> nn.Module:
    decoder = dict(type='RegressionLabel', input_size=STUDENT)
    return MODELS.build(
        dict(type='RLEHead', in_channels=4, num_joints=1, loss=dict(type='RLELoss', **loss), decoder=decoder)
    )


def deeppose_head() -> nn.Module:
    return MODELS.build(dict(type='RegressionHead', in_channels=4, num_joints=1))


def predict(head: nn.Module, *numbers: float) -> Tensor:
    """What a head puts out whose last layer knows the answer."""
    head.fc.bias.data = torch.tensor(numbers)
    return head.forward([torch.zeros(1, 4)]).detach()


def logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


def adapter_of(
    head: nn.Module, size: tuple[int, int] = STUDENT, **options
) -> Callable[[Tensor], tuple[SimCCTarget, Tensor]]:
    student_window = Window(STUDENT, STUDENT)
    return adapter_of_head(head, student_window, Window.at_scale_of(student_window, size), BINS, **options)


def laplace_cdf(x: float, scale: float) -> float:
    return 0.5 * math.exp(x / scale) if x < 0 else 1 - 0.5 * math.exp(-x / scale)


def gaussian_cdf(x: float, scale: float) -> float:
    return 0.5 * (1 + math.erf(x / scale / math.sqrt(2)))


def label(place: float, num_bins: int, sigma: float) -> np.ndarray:
    """The student's label at a place in pixels, between the bins."""
    gaussian = np.exp(-((np.arange(num_bins) - 2 * place) ** 2) / (2 * sigma**2))
    return np.exp(10 * gaussian) / np.exp(10 * gaussian).sum()


@pytest.mark.parametrize(('q_distribution', 'cdf'), [('laplace', laplace_cdf), ('gaussian', gaussian_cdf)])
def test_rle_becomes_the_mass_of_its_error_on_the_bins(q_distribution: str, cdf) -> None:
    head = rle_head(q_distribution=q_distribution)
    mu, sigma = (50.3, 100.9), (0.05, 0.02)  # the student's window begins at column 32
    output = predict(head, *(place / 256 for place in mu), *map(logit, sigma))
    target, confidence = adapter_of(head, (256, 256))(output)
    inside = []
    for rows, place, scale in zip(target.axes, (mu[0] - 32, mu[1]), sigma, strict=True):
        edges = (np.arange(rows.shape[-1] + 1) - 0.5) / 2 - place  # pixels
        mass = np.diff([cdf(edge, 256 * scale) for edge in edges])
        inside.append(mass.sum())
        assert np.allclose(rows[0, 0], mass / mass.sum(), atol=1e-6)
    assert target.weight.item() == pytest.approx(inside[0] * inside[1], abs=1e-5)
    assert 0.5 < inside[0] < 0.95
    assert confidence.item() == pytest.approx(1 - (0.05 + 0.02) / 2)


def test_places_and_confidence_are_mmposes() -> None:
    head = rle_head()
    output = predict(head, 0.3, 0.7, logit(0.004), logit(0.008))
    target, confidence = adapter_of(head)(output)
    places, scores = head.decoder.decode(torch.cat([output[..., :2], output[..., 2:].sigmoid()], -1).detach().numpy())
    assert BINS.decode(target)[0].numpy() == pytest.approx(places[0], abs=0.25)
    assert confidence[0].tolist() == pytest.approx(scores[0])


@pytest.mark.parametrize(('x', 'y'), [(40.0, 90.0), (100.3, 7.6), (150.25, 200.9)])
@pytest.mark.parametrize('size', [(192, 256), (256, 256), (288, 384), (96, 128)])
def test_coordinates_become_the_label_at_their_place(size: tuple[int, int], x: float, y: float) -> None:
    head = deeppose_head()
    scale = size[1] / 256
    left = (size[0] / scale - 192) / 2
    coordinates = ((x + left + 0.5) * scale - 0.5) / size[0], ((y + 0.5) * scale - 0.5) / size[1]
    target, confidence = adapter_of(head, size)(predict(head, *coordinates))
    for rows, place, sigma in zip(target.axes, (x, y), BINS.sigma, strict=True):
        assert np.allclose(rows[0, 0], label(place, rows.shape[-1], sigma), atol=1e-4)
    assert target.weight.item() == pytest.approx(1.0, abs=1e-4)
    assert confidence.item() == 1.0


@pytest.mark.parametrize('name', ['IntegralRegressionHead', 'DSNTHead'])
def test_of_integral_regression_the_coordinates_count(name: str) -> None:
    head = MODELS.build(
        dict(
            type=name,
            in_channels=1,
            in_featuremap_size=(48, 64),
            num_joints=1,
            deconv_out_channels=None,
            final_layer=None,
            decoder=dict(type='IntegralRegressionLabel', input_size=STUDENT, heatmap_size=(48, 64), sigma=2.0),
        )
    )
    logits = torch.zeros(1, 1, 64, 48)
    logits[..., 20, 10] = logits[..., 20, 12] = 50.0
    target, confidence = adapter_of(head)(head.forward([logits]))
    assert BINS.decode(target).tolist() == [[[44.0, 80.0]]]
    assert confidence.item() == 1.0


def test_a_known_offset_is_taken_out() -> None:
    head = deeppose_head()
    target, _ = adapter_of(head, config=dict(offset=(0.25, 1.0)))(predict(head, 96.25 / 192, 101 / 256))
    assert BINS.decode(target).tolist() == [[[96.0, 100.0]]]


@pytest.mark.parametrize('x', [-0.2, 0.05, 0.95, 3.0])
def test_outside_the_students_window_there_is_no_weight(x: float) -> None:
    for head, numbers in ((rle_head(), (x, 0.5, logit(0.003), logit(0.003))), (deeppose_head(), (x, 0.5))):
        target, _ = adapter_of(head, (256, 256))(predict(head, *numbers))
        assert target.weight.item() == 0.0
        for rows in target.axes:
            assert rows.isfinite().all() and rows.sum().item() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize('logits', [-200.0, 200.0])
def test_a_saturated_sigma_stays_finite(logits: float) -> None:
    head = rle_head()
    on_an_edge = 1.5 / 384, 1.5 / 512
    target, confidence = adapter_of(head)(predict(head, *on_an_edge, logits, logits))
    assert target.x.isfinite().all() and target.x.sum().item() == pytest.approx(1.0, abs=1e-5)
    assert target.weight.item() == pytest.approx(1.0 if logits < 0 else 0.1, abs=0.05)
    assert confidence.item() == pytest.approx(float(logits < 0), abs=1e-5)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(dtype: torch.dtype) -> None:
    head = rle_head()
    target, confidence = adapter_of(head)(predict(head, 0.25, 0.5, 0.0, 0.0).to(dtype))
    assert target.x.dtype == confidence.dtype == torch.float32
    assert BINS.decode(target).tolist() == [[[48.0, 128.0]]]


def test_a_sigma_that_is_no_scale_is_refused() -> None:
    with pytest.raises(ValueError, match='Got: one trained with RLELoss.residual=False.*residual=True'):
        describe_head(rle_head(residual=False))


@pytest.mark.parametrize('distribution', ['laplace', 'gaussian'])
def test_a_distribution_that_is_rounded_otherwise_leaves_no_bin_below_nothing(
    distribution: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = dict(laplace=torch.distributions.Laplace, gaussian=torch.distributions.Normal)[distribution]
    own = kind.cdf
    monkeypatch.setattr(kind, 'cdf', lambda error, edges: own(error, edges) + 1e-7 * torch.cos(7.0 * edges))
    adapter = build_adapter(CoordinateOutput('pixels', distribution), input_size=STUDENT, bins=BINS)
    target, _ = adapter((torch.tensor([[[50.0, 80.0]]]), None, torch.tensor([[[2.0, 3.0]]])), [(1.0, 0.0)] * 2)
    assert all((rows >= 0).all() for rows in target.axes)
