import pytest
import torch

from unipose.simcc import Canvas, View

STUDENT = View((192, 256), (192, 256))
MPII = View((256, 256), (256, 256))


def test_the_designs_canvas() -> None:
    canvas = Canvas.around(STUDENT, STUDENT, MPII)
    assert canvas.size == (256, 256)
    assert canvas.offset(STUDENT) == (32, 0) and canvas.offset(MPII) == (0, 0)
    image = torch.arange(256.0).expand(1, 3, 256, 256)
    assert torch.equal(canvas.extract(image, STUDENT), image[..., 32:224])
    assert canvas.extract(image, MPII) is not None
    assert canvas.map_axis(MPII, STUDENT, 0) == (1.0, 32.0)
    assert canvas.map_axis(MPII, STUDENT, 1) == (1.0, 0.0)


def test_another_pixel_scale_gets_a_resized_window() -> None:
    large = View.at_scale_of(STUDENT, (288, 384))
    assert large.window == (192, 256)
    canvas = Canvas.around(STUDENT, large)
    ramp = torch.arange(192.0).expand(1, 1, 256, 192)
    resized = canvas.extract(ramp, large)
    assert resized.shape[-2:] == (384, 288)
    scale, shift = canvas.map_axis(large, STUDENT, 0)
    for column in (10, 95, 180):  # the value at a mapped position is the column it came from
        position = scale * column + shift
        low = int(position)
        value = torch.lerp(resized[0, 0, 0, low], resized[0, 0, 0, low + 1], position - low)
        assert value.item() == pytest.approx(column, abs=0.05)


@pytest.mark.parametrize('other', [MPII, View.at_scale_of(STUDENT, (288, 384)), View((240, 320), (120, 160))])
def test_coordinates_go_there_and_back(other: View) -> None:
    canvas = Canvas.around(STUDENT, other)
    scale, shift = canvas.map_axis(other, STUDENT, 0)
    back_scale, back_shift = canvas.map_axis(STUDENT, other, 0)
    assert back_scale * (scale * 50.0 + shift) + back_shift == pytest.approx(50.0)


def test_stretching_is_refused() -> None:
    with pytest.raises(ValueError, match='only by stretching'):
        View((192, 256), (256, 256))
    with pytest.raises(ValueError, match='no whole-pixel window'):
        View.at_scale_of(STUDENT, (100, 333))


def test_views_must_fit_on_whole_pixels() -> None:
    with pytest.raises(ValueError, match='centred whole-pixel window'):
        Canvas((255, 256)).offset(STUDENT)
    with pytest.raises(ValueError, match='centred whole-pixel window'):
        Canvas((192, 256)).offset(MPII)


def test_a_canvas_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match='need a canvas of 256x256. Got: 192x256'):
        Canvas((256, 256)).extract(torch.zeros(1, 3, 256, 192), STUDENT)
