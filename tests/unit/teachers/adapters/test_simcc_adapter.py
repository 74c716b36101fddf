from collections.abc import Callable

import pytest
import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from tests.builders import CANVAS, STUDENT, adapter_of_head, model_config
from unipose.simcc import SimCCBins, SimCCTarget, Window

BINS = SimCCBins(STUDENT, (3.46, 4.0))
STUDENT_WINDOW, MPII_WINDOW = Window(STUDENT, STUDENT), Window(CANVAS, CANVAS)


@pytest.fixture(scope='module')
def mpii_head() -> nn.Module:
    return MODELS.build(model_config('mpii', 16, CANVAS)).head


def adapter_of(
    head: nn.Module, window: Window = MPII_WINDOW, **options
) -> Callable[[tuple[Tensor, Tensor]], tuple[SimCCTarget, Tensor]]:
    return adapter_of_head(head, STUDENT_WINDOW, window, BINS, **options)


def logits_at(x: float, y: float, size: tuple[int, int], sigma: tuple[float, float] = (3.46, 4.0)) -> tuple:
    """Logits of a perfect prediction at a place of the teacher's input, [1, 1, W]."""
    return tuple(
        torch.exp(-((torch.arange(2.0 * side) - 2 * centre) ** 2) / (2 * s**2)).expand(1, 1, -1)
        for centre, side, s in zip((x, y), size, sigma)
    )


@pytest.mark.parametrize(('x', 'y'), [(64.0, 64.0), (30.5, 100.5), (100.0, 7.5)])
def test_a_prediction_comes_out_where_the_student_sees_it(mpii_head: nn.Module, x: float, y: float) -> None:
    target, confidence = adapter_of(mpii_head)(logits_at(x, y, CANVAS))
    expected = torch.tensor([[[x - 16, y]]])  # the student's window begins at column 16 of the canvas
    assert torch.allclose(BINS.decode(target), expected)
    assert torch.allclose(target.x.sum(-1), torch.ones(1, 1), atol=1e-5)
    assert target.weight.item() == pytest.approx(1.0, abs=0.05)
    assert confidence.item() == pytest.approx(1.0, abs=0.01)
    assert target.x.max().item() == pytest.approx(BINS.label_peaks[0], rel=0.05)  # as wide as the label


@pytest.mark.parametrize('x', [5.0, 124.0])
def test_outside_the_students_window_there_is_no_weight(mpii_head: nn.Module, x: float) -> None:
    target, _ = adapter_of(mpii_head)(logits_at(x, 64.0, CANVAS))
    assert target.weight.item() < 0.02
    assert torch.allclose(target.x.sum(-1), torch.ones(1, 1), atol=1e-4) and target.x.isfinite().all()


def test_at_the_edge_the_weight_is_the_share_inside(mpii_head: nn.Module) -> None:
    target, _ = adapter_of(mpii_head)(logits_at(16.0, 64.0, CANVAS))
    assert target.weight.item() == pytest.approx(0.6, abs=0.1)  # half of it, and half of the bin on the edge


def test_an_unsure_teacher_says_so(mpii_head: nn.Module) -> None:
    adapter = adapter_of(mpii_head)
    x, y = logits_at(64.0, 64.0, CANVAS)
    two_peaks = (torch.maximum(x, x.roll(40, -1)), y)
    assert adapter(two_peaks)[1] < 0.8 * adapter((x, y))[1]
    assert adapter((torch.zeros_like(x), torch.zeros_like(y)))[1] < 0.1


@pytest.mark.parametrize('scale', [0.5, 1.5, 2.0])
def test_another_input_scale_comes_out_at_the_same_place(scale: float) -> None:
    size = tuple(int(side * scale) for side in STUDENT)
    head = MODELS.build(model_config('coco', 17, size)).head
    window = Window.at_scale_of(STUDENT_WINDOW, size)
    place = 40.0, 90.0
    to_input = [(p + 0.5) * scale - 0.5 for p in place]
    sigma = tuple(s * scale for s in (3.46, 4.0))
    target, _ = adapter_of(head, window)(logits_at(*to_input, size, sigma))
    assert torch.allclose(BINS.decode(target), torch.tensor([[place]]), atol=0.5)
    core = target.x[0, 0] * (torch.arange(2.0 * STUDENT[0]) - 80).abs().lt(12)
    mean = (core @ torch.arange(2.0 * STUDENT[0])) / core.sum() / 2
    assert mean.item() == pytest.approx(place[0], abs=0.1)


def test_a_known_offset_is_taken_out(mpii_head: nn.Module) -> None:
    target, _ = adapter_of(mpii_head, config=dict(offset=(0.25, 1.0)))(logits_at(64.25, 65.0, CANVAS))
    mean_x = (target.x[0, 0] @ torch.arange(2.0 * STUDENT[0])).item() / 2
    assert mean_x == pytest.approx(48.0, abs=0.15)  # the flat tail pulls towards the middle, at 48
    assert BINS.decode(target)[0, 0, 1] == 64.0


def test_an_unknown_head_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match='nothing describes the output of a Identity.*RTMCCHead'):
        adapter_of(nn.Identity())
