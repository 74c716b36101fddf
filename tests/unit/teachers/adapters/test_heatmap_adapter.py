import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from tests.builders import adapter_of_head
from unipose.simcc import SimCCBins, SimCCTarget, Window
from unipose.teachers.adapters.heatmap_modes import HeatmapModes
from unipose.teachers.networks.mmpose_heads import describe_head

STUDENT = (192, 256)
SIGMA = (4.9, 5.66)
KEYPOINTS = 3


def head_of(codec: str, size: tuple[int, int] = STUDENT, head: str = 'HeatmapHead', **options) -> nn.Module:
    """A real head that passes its features through, so that a test chooses the heatmaps; a quarter of its input."""
    heatmap_size = tuple(side // 4 for side in size)
    options = dict(dict(sigma=2.0, unbiased=True) if codec == 'MSRAHeatmap' else {}, **options)
    decoder = dict(type=codec, input_size=size, heatmap_size=heatmap_size, **options)
    stages = dict(num_stages=2) if head == 'CPMHead' else {}
    return MODELS.build(
        dict(
            type=head,
            in_channels=KEYPOINTS,
            out_channels=KEYPOINTS,
            deconv_out_channels=None,
            final_layer=None,
            decoder=decoder,
            **stages,
        )
    )


def adapter_of(
    head: nn.Module, student: tuple[int, int] = STUDENT, ratio: float = 2.0, **options
) -> tuple[Callable[..., tuple[SimCCTarget, Tensor]], SimCCBins]:
    student_window = Window(student, student)
    window = Window.at_scale_of(student_window, head.decoder.input_size)
    bins = SimCCBins(student, tuple(s * ratio / 2 for s in SIGMA), ratio)
    return adapter_of_head(head, student_window, window, bins, **options), bins


def encode(head: nn.Module, places: np.ndarray) -> Tensor:
    """MMPose's own labels [B, K, H, W] of places [B, K, 2] in the teacher's input."""
    return torch.from_numpy(np.stack([head.decoder.encode(p[None], np.ones((1, len(p))))['heatmaps'] for p in places]))


def noise_like(heatmaps: Tensor, seed: int) -> Tensor:
    return torch.randn(heatmaps.shape, generator=torch.Generator().manual_seed(seed)).mul(0.005).clamp(min=0.0)


def label(place: float, num_bins: int, sigma: float, ratio: float = 2.0) -> np.ndarray:
    """The student's label at a place in pixels, between the bins."""
    gaussian = np.exp(-((np.arange(num_bins) - place * ratio) ** 2) / (2 * sigma**2))
    return np.exp(10 * gaussian) / np.exp(10 * gaussian).sum()


def core(row: np.ndarray, place: float, sigma: float, ratio: float) -> tuple[float, float]:
    """Mean (pixels) and standard deviation (bins) of a row around a place, without its flat tail."""
    bins = np.arange(len(row))
    row = np.where(np.abs(bins - place * ratio) < 2.5 * sigma, row - row.min(), 0.0)
    mean = (row @ bins) / row.sum()
    return mean / ratio, math.sqrt(row @ (bins - mean) ** 2 / row.sum())


@pytest.mark.parametrize(
    ('codec', 'options', 'peak', 'sigma', 'place'),
    [
        ('MSRAHeatmap', {}, 1, 2.0, (10.3 * 4, 20.0 * 4)),
        ('UDPHeatmap', dict(sigma=2.0), 1, 2.0, (10.3 * 191 / 47, 20.0 * 255 / 63)),
        ('MegviiHeatmap', dict(kernel_size=11), 255, 0.3 * (5 - 1) + 0.8, (10.8 * 4, 20.5 * 4)),
    ],
)
def test_a_gaussian_becomes_the_label_at_its_place(codec, options, peak, sigma, place) -> None:
    adapter, bins = adapter_of(head_of(codec, **options))
    x, y = torch.arange(48.0), torch.arange(64.0)[:, None]
    heatmap = 0.9 * peak * torch.exp(-((x - 10.3) ** 2 + (y - 20.0) ** 2) / (2 * sigma**2))
    target, confidence = adapter(heatmap[None, None])
    for row, centre, num_bins, width in zip(target.axes, place, bins.num_bins, SIGMA, strict=True):
        assert np.allclose(row[0, 0], label(centre, num_bins, width), atol=1e-4)
    assert target.weight.item() == pytest.approx(1.0)
    assert confidence.item() == pytest.approx(0.9 * math.exp(-(0.3**2) / (2 * sigma**2)), abs=1e-5)


@pytest.mark.parametrize('seed', [0, 1])
@pytest.mark.parametrize(
    ('codec', 'size', 'sigma', 'student', 'ratio'),
    [
        ('MSRAHeatmap', (192, 256), 2, (192, 256), 2.0),
        ('MSRAHeatmap', (192, 256), 2, (192, 256), 1.0),
        ('MSRAHeatmap', (288, 384), 3, (192, 256), 2.0),
        ('MSRAHeatmap', (96, 128), 2, (192, 256), 2.0),
        ('MSRAHeatmap', (256, 256), 2, (192, 256), 2.0),  # sees more than the student, at the sides
        ('MSRAHeatmap', (128, 128), 2, (96, 128), 2.0),
        ('UDPHeatmap', (192, 256), 2, (192, 256), 2.0),
        ('UDPHeatmap', (192, 256), 2, (192, 256), 3.0),
        ('UDPHeatmap', (256, 256), 2, (192, 256), 2.0),
        ('UDPHeatmap', (256, 256), 2, (96, 128), 3.0),
        ('UDPHeatmap', (384, 384), 3, (192, 256), 2.0),
    ],
)
def test_what_mmpose_encodes_comes_back_at_its_place_and_at_the_labels_width(
    codec, size, sigma, student, ratio, seed
) -> None:
    head = head_of(codec, size, sigma=sigma)
    adapter, bins = adapter_of(head, student, ratio)
    places = np.random.default_rng(seed).uniform(12, np.array(student) - 12, (8, KEYPOINTS, 2))
    scale = size[1] / student[1]
    left = (size[0] / scale - student[0]) / 2
    heatmaps = encode(head, (places + [left + 0.5, 0.5]) * scale - 0.5)
    target, confidence = adapter(head.forward([heatmaps + noise_like(heatmaps, seed)]))
    assert torch.allclose(target.weight, torch.ones(8, KEYPOINTS), atol=1e-3)
    assert confidence.min() > 0.9 and confidence.max() <= 1.0
    assert np.abs(bins.decode(target).numpy() - places).max() < 0.5 / ratio + 0.1  # half a bin is rounding
    for axis, rows in enumerate(target.axes):
        assert torch.allclose(rows.sum(-1), torch.ones(8, KEYPOINTS), atol=1e-5)
        for row, place in zip(rows.double().numpy().reshape(24, -1), places[..., axis].ravel(), strict=True):
            perfect = label(place, len(row), bins.sigma[axis], ratio)
            (mean, width), (_, perfect_width) = (core(r, place, bins.sigma[axis], ratio) for r in (row, perfect))
            assert mean == pytest.approx(place, abs=0.2)
            assert row.max() == pytest.approx(perfect.max(), rel=0.1)
            assert width == pytest.approx(perfect_width, rel=0.1)


def test_msra_labels_rounded_to_whole_pixels_are_no_wider() -> None:
    head = head_of('MSRAHeatmap', unbiased=False)
    places = np.random.default_rng(0).uniform(60, 64, (400, 1, 2))
    average = encode(head, places).mean(0, keepdim=True)  # what a teacher learns that sees four pixels as one
    target, _ = adapter_of(head)[0](average)
    assert target.x.max().item() == pytest.approx(label(62, 384, SIGMA[0]).max(), rel=0.05)


@pytest.mark.parametrize('share', [0.5, 0.7, 0.85])
def test_a_second_peak_keeps_its_share(share: float) -> None:
    head = head_of('UDPHeatmap')
    first, second = encode(head, np.array([[[40.3, 60.0]], [[120.0, 160.2]]]))
    heatmaps = share * first + (1 - share) * second
    target, confidence = adapter_of(head)[0]((heatmaps + noise_like(heatmaps, 0))[None])
    expected = share * label(60.0, 512, SIGMA[1]) + (1 - share) * label(160.2, 512, SIGMA[1])
    assert target.y[0, 0, :220].sum().item() == pytest.approx(expected[:220].sum(), abs=0.02)
    assert np.allclose(target.y[0, 0], expected, atol=0.015)
    assert confidence.item() == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize('scatter', [6.0, 14.0])
def test_an_unsure_teacher_becomes_the_average_of_the_labels(scatter: float) -> None:
    head = head_of('UDPHeatmap')
    places = np.random.default_rng(0).normal([90.0, 120.0], scatter, (1000, 1, 2))
    average = encode(head, places).mean(0, keepdim=True)  # the best prediction for a squared error
    adapter, bins = adapter_of(head)
    target, confidence = adapter(average + noise_like(average, 0))
    expected = bins.encode(torch.from_numpy(places), torch.ones(1000, 1))
    for row, labels in zip(target.axes, expected.axes, strict=True):
        labels = labels.mean(0, keepdim=True)
        assert (labels * (labels / row).log()).sum() < 0.05
    assert confidence.item() < 0.7


def test_background_around_a_faint_peak_is_no_mode() -> None:
    head = head_of('UDPHeatmap')
    heatmaps = encode(head, np.full((1, KEYPOINTS, 2), 90.0))
    target, confidence = adapter_of(head)[0](0.2 * heatmaps + 2 * noise_like(heatmaps, 0))
    assert confidence.max() < 0.22
    assert np.allclose(target.x.argmax(-1), 180, atol=2)
    tail = label(90.0, 384, SIGMA[0])[:150].sum()
    assert target.x[..., :150].sum(-1).max() < 2 * tail


def test_a_wide_mode_stands_for_more_than_a_narrow_one_of_its_height() -> None:
    head = head_of('UDPHeatmap')
    sure = encode(head, np.full((1, 1, 2), 60.0))
    unsure = encode(head, np.random.default_rng(0).normal(140.0, 8.0, (1000, 1, 2))).mean(0)
    target, _ = adapter_of(head)[0](0.5 * sure + 0.5 * unsure)  # heights are about 0.5 and 0.25
    assert target.y[0, 0, :180].sum().item() == pytest.approx(0.5, abs=0.04)


def test_a_place_midway_between_pixels_is_one_mode() -> None:
    x, y = torch.arange(48.0), torch.arange(64.0)[:, None]
    heatmaps = torch.exp(-((x - 10.5) ** 2 + (y - 20.5) ** 2) / 8)  # four pixels are highest
    heatmaps = heatmaps + 0.6 * torch.exp(-((x - 30) ** 2 + (y - 40) ** 2) / 8)
    target, _ = adapter_of(head_of('MSRAHeatmap'))[0](heatmaps[None, None])
    share = math.exp(-1 / 16) / (math.exp(-1 / 16) + 0.6)
    assert np.allclose(target.x[0, 0, :160].sum(), share * label(42, 384, SIGMA[0])[:160].sum(), atol=0.01)


def test_a_mode_outside_the_students_window_has_no_say_inside() -> None:
    head = head_of('MSRAHeatmap', (256, 256))
    inside, outside = encode(head, np.array([[[132.0, 100.0]], [[12.0, 200.0]]]))
    target, _ = adapter_of(head)[0]((0.6 * inside + 0.4 * outside)[None])
    assert target.weight.item() == pytest.approx(0.6, abs=0.01)
    assert np.allclose(target.x[0, 0], label(100.0, 384, SIGMA[0]), atol=1e-3)  # the window begins at column 32
    assert np.allclose(target.y[0, 0], label(100.0, 512, SIGMA[1]), atol=1e-3)


@pytest.mark.parametrize(('x', 'weight'), [(12.0, 0.0), (240.0, 0.0), (32.0, 0.62), (28.0, 0.0), (36.0, 1.0)])
def test_the_weight_is_the_share_inside_the_students_window(x: float, weight: float) -> None:
    head = head_of('MSRAHeatmap', (256, 256))
    target, confidence = adapter_of(head)[0](encode(head, np.array([[[x, 100.0]]])))
    assert target.weight.item() == pytest.approx(weight, abs=0.01)  # at 32, on the edge: half of it and half a bin
    assert confidence.item() > 0.9
    for rows in target.axes:
        assert rows.isfinite().all() and rows.sum().item() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize('x', [-2.0, 0.4, 2.0, 190.0])
def test_a_place_at_the_heatmaps_border_is_found(x: float) -> None:
    head = head_of('UDPHeatmap', sigma=2.0)
    adapter, _ = adapter_of(head, config=dict(offset=(-8.0, 0.0)) if x < 8 else None)  # so that all is inside
    heatmaps = encode(head, np.array([[[x, 100.0]]]))
    target, _ = adapter(heatmaps + noise_like(heatmaps, 0))
    shifted = x + 8 if x < 8 else x
    assert core(target.x[0, 0].numpy(), shifted, SIGMA[0], 2.0)[0] == pytest.approx(shifted, abs=0.3)


def test_a_known_offset_is_taken_out() -> None:
    head = head_of('UDPHeatmap')
    target, _ = adapter_of(head, config=dict(offset=(0.25, 1.0)))[0](encode(head, np.array([[[96.25, 101.0]]])))
    assert np.allclose(target.x[0, 0], label(96.0, 384, SIGMA[0]), atol=1e-3)
    assert np.allclose(target.y[0, 0], label(100.0, 512, SIGMA[1]), atol=1e-3)


@pytest.mark.parametrize('value', [0.0, -0.3])
def test_an_empty_heatmap_says_nothing(value: float) -> None:
    target, confidence = adapter_of(head_of('MSRAHeatmap'))[0](torch.full((2, KEYPOINTS, 64, 48), value))
    assert target.weight.eq(0).all() and confidence.eq(0).all()
    assert torch.allclose(target.x, torch.full_like(target.x, 1 / 384)) and target.y.isfinite().all()


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_comes_out_at_the_same_place(dtype: torch.dtype) -> None:
    head = head_of('MSRAHeatmap')
    target, confidence = adapter_of(head)[0](encode(head, np.array([[[90.0, 120.5]]])).to(dtype))
    assert target.x.dtype == confidence.dtype == torch.float32
    assert core(target.x[0, 0].numpy(), 90.0, SIGMA[0], 2.0)[0] == pytest.approx(90.0, abs=0.05)
    assert target.x.max().item() == pytest.approx(label(90.0, 384, SIGMA[0]).max(), rel=0.05)


def test_of_several_stages_the_last_counts() -> None:
    head = head_of('MSRAHeatmap', head='CPMHead')
    first, last = encode(head, np.array([[[40.0, 60.0]], [[120.0, 160.0]]]))[:, None]
    target: SimCCTarget = adapter_of(head)[0](head.forward([first, last]))[0]
    assert target.x.argmax().item() == 240


def test_of_several_stages_and_units_the_last_counts() -> None:
    codec = dict(type='MegviiHeatmap', input_size=STUDENT, heatmap_size=(48, 64), kernel_size=5)
    head = MODELS.build(
        dict(
            type='MSPNHead',
            num_stages=2,
            num_units=2,
            unit_channels=4,
            out_channels=KEYPOINTS,
            level_indices=[0, 1, 1, 2],
            decoder=codec,
        )
    ).eval()
    output = head.forward([[torch.randn(2, 4, 16, 12) for _ in range(2)] for _ in range(2)])
    output[-1] = encode(head, np.full((2, KEYPOINTS, 2), 101.0))  # rounded down to pixel 25, whose middle is 102
    target, confidence = adapter_of(head)[0](output)
    assert target.x.argmax(-1).eq(204).all() and target.y.argmax(-1).eq(204).all()
    assert torch.allclose(confidence, torch.ones(2, KEYPOINTS))


@pytest.mark.parametrize(
    ('codec', 'options', 'got'),
    [
        ('UDPHeatmap', dict(heatmap_type='combined'), "UDPHeatmap of type 'combined'"),
        ('IntegralRegressionLabel', dict(sigma=2.0), 'IntegralRegressionLabel'),
    ],
)
def test_other_heatmaps_are_refused(codec: str, options: dict, got: str) -> None:
    with pytest.raises(ValueError, match=f'must be trained on Gaussian heatmaps.*Got: {got}; take a teacher'):
        describe_head(head_of(codec, **options))


def test_which_of_two_equal_pixels_is_the_peak_does_not_matter() -> None:
    x, y = torch.meshgrid(torch.arange(24.0), torch.arange(16.0), indexing='xy')
    heatmap = torch.exp(-((x - 9.5) ** 2 + (y - 6) ** 2) / 8)[None, None]
    one, other = HeatmapModes.find(heatmap, 2.0), HeatmapModes.find(heatmap.flip(-1), 2.0)  # 9 first, and 10
    for places in (one.places, torch.stack([23 - other.places[..., 0], other.places[..., 1]], -1)):
        assert torch.allclose(places[0, 0, 0], torch.tensor([9.5, 6.0]), atol=1e-4)
    for modes in (one, other):
        assert modes.heights[0, 0, 0] > 0.9 and (modes.heights[0, 0, 1:] == 0).all()
