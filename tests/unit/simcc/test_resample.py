import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from unipose.simcc.resample import enlarge, resample


def images(batch: int = 2) -> Tensor:
    return torch.rand(batch, 3, 40, 60, generator=torch.Generator().manual_seed(0)) * 255


def resized(given: Tensor, size: tuple[int, int]) -> Tensor:
    """As torch resizes to (height, width), by resampling at its places."""
    for axis, side in ((-2, size[0]), (-1, size[1])):
        step = given.shape[axis] / side
        given = resample(given, axis, step, 0.5 * step - 0.5, side)
    return given


@pytest.mark.parametrize('size', [(20, 30), (13, 47), (80, 120), (64, 61), (40, 60), (7, 200)])
def test_it_resizes_as_torch_does(size: tuple[int, int]) -> None:
    expected = interpolate(images(), size=size, mode='bilinear', antialias=True, align_corners=False)
    assert torch.allclose(resized(images(), size), expected, atol=1e-2)


def test_each_image_has_places_of_its_own() -> None:
    given, steps, starts = images(40), 0.5 + 2 * torch.rand(40), 10 * torch.rand(40)
    together = resample(given, -1, steps, starts, 17)
    for index in range(40):  # more than are interpolated at a time
        alone = resample(given[index : index + 1], -1, steps[index].item(), starts[index].item(), 17)
        assert torch.allclose(together[index], alone[0], atol=1e-3)


def test_only_the_step_may_differ() -> None:
    given = images(3)
    together = resample(given, -2, torch.tensor([1.0, 2.0, 0.5]), 3.0, 8)
    for index, step in enumerate((1.0, 2.0, 0.5)):
        assert torch.allclose(together[index], resample(given, -2, step, 3.0, 8)[index], atol=1e-4)


@pytest.mark.parametrize('axis', [-1, -2])
def test_whole_places_are_the_pixels_themselves(axis: int) -> None:
    found = resample(images(), axis, 1.0, 5.0, 20)
    assert torch.allclose(found, images().narrow(axis, 5, 20), atol=1e-4)


def test_between_pixels_it_is_linear() -> None:
    ramp = (3.0 * torch.arange(50.0)).expand(1, 1, 4, 50)
    for step, start in ((0.3, 7.1), (1.0, 4.25), (2.5, 6.0)):
        places = start + step * torch.arange(10)
        assert torch.allclose(resample(ramp, -1, step, start, 10), (3 * places).expand(1, 1, 4, 10), atol=1e-3)


@pytest.mark.parametrize('step', [1.0, 0.4])
def test_beyond_the_edge_is_as_the_edge(step: float) -> None:
    row = torch.tensor([7.0, 1.0, 2.0, 9.0]).expand(1, 1, 1, 4)
    before, after = resample(row, -1, step, -8.0, 5), resample(row, -1, step, 3.0, 5)
    assert torch.equal(before, torch.full_like(before, 7.0)) and torch.equal(after, torch.full_like(after, 9.0))


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float64])
def test_it_keeps_the_type(dtype: torch.dtype) -> None:
    found = resample(images().to(dtype), -1, 1.5, 2.0, 20)
    assert found.dtype == dtype
    assert torch.allclose(found.float(), resample(images(), -1, 1.5, 2.0, 20), atol=2.0)


def test_what_enlarges_may_be_read_at_once() -> None:
    images = torch.rand(3, 2, 20, 30)
    steps, starts = torch.tensor([0.5, 0.8, 1.0]), torch.tensor([-1.0, 3.25, 0.0])
    found = enlarge(images, [(steps, starts), (0.7, 2.1)], (33, 17))
    rows = resample(resample(images, -2, 0.7, 2.1, 17), -1, steps, starts, 33)
    assert found.shape == (3, 2, 17, 33) and torch.allclose(found, rows, atol=1e-5)
