import itertools
import math

import cv2
import numpy as np
import pytest
import torch
from mmpose.structures.bbox import get_udp_warp_matrix, get_warp_matrix

from unipose.simcc import Canvas, PaddedWindow, Persons, Placement, Window

STUDENT = Window((192, 256), (192, 256))
MPII = Window((256, 256), (256, 256))
PADDINGS = dict(coco=1.5, mpii=1.25)
TALL, WIDE, SQUARE = (60.0, 120.0), (150.0, 40.0), (100.0, 100.0)


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
    large = Window.at_scale_of(STUDENT, (288, 384))
    assert large.size == (192, 256)
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


@pytest.mark.parametrize('other', [MPII, Window.at_scale_of(STUDENT, (288, 384)), Window((240, 320), (120, 160))])
def test_coordinates_go_there_and_back(other: Window) -> None:
    canvas = Canvas.around(STUDENT, other)
    scale, shift = canvas.map_axis(other, STUDENT, 0)
    back_scale, back_shift = canvas.map_axis(STUDENT, other, 0)
    assert back_scale * (scale * 50.0 + shift) + back_shift == pytest.approx(50.0)


def test_stretching_is_refused() -> None:
    with pytest.raises(ValueError, match='only by stretching'):
        Window((192, 256), (256, 256))
    with pytest.raises(ValueError, match='no whole-pixel window'):
        Window.at_scale_of(STUDENT, (100, 333))


def test_windows_must_fit_on_whole_pixels() -> None:
    with pytest.raises(ValueError, match='centred whole-pixel window'):
        Canvas((255, 256)).offset(STUDENT)
    with pytest.raises(ValueError, match='centred whole-pixel window'):
        Canvas((192, 256)).offset(MPII)


def test_a_canvas_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match='need a canvas of 256x256. Got: 192x256'):
        Canvas((256, 256)).extract(torch.zeros(1, 3, 256, 192), STUDENT)


def persons(*sizes: tuple[float, float], source: str = 'coco') -> Persons:
    """People of these boxes, which lie in the middle of the student's window."""
    boxes = torch.zeros(len(sizes), 3, 2)
    boxes[:, 0] = torch.tensor([96.0, 128.0])
    boxes[:, 1, 0], boxes[:, 2, 1] = torch.tensor(sizes).T / 2
    return Persons((source,) * len(sizes), boxes, torch.tensor(sizes))


def blurred() -> np.ndarray:
    noise = np.random.default_rng(0).uniform(0, 255, (400, 500, 3)).astype(np.float32)
    return 128 + 6 * (
        cv2.GaussianBlur(noise, None, 6) - 128
    )  # OpenCV rounds places to 1/32 pixel, which shows in noise


def seen(placement: Placement, image: np.ndarray) -> np.ndarray:
    """What is cut out of one canvas, ``[h, w, 3]``."""
    return placement.extract(torch.from_numpy(image).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()


def coordinates(placement: Placement, other: Placement, places: torch.Tensor) -> torch.Tensor:
    """Places ``[B, N, 2]`` of another's input in this one's."""
    axes = placement.of(other)
    columns = []
    for axis, pair in enumerate(axes):
        scale, shift = (torch.as_tensor(value).reshape(-1, 1) for value in pair)
        columns.append(scale * places[..., axis] + shift)
    return torch.stack(columns, -1)


@pytest.mark.parametrize('size', [(192, 256), (256, 256), (288, 384), (144, 192)])
@pytest.mark.parametrize('canvas_scale', [1.0, 2.0])
def test_a_udp_window_is_mmposes_udp_crop(size: tuple[int, int], canvas_scale: float) -> None:
    student = Window.finer((192, 256), canvas_scale)
    window = Window.at_scale_of(student, size, udp=True)
    canvas = Canvas.around(student, window)
    image, center, height = blurred(), np.array([261.0, 187.0]), 210.0
    scale = height * np.divide(canvas.size, student.size[1])  # the student sees a height of 210 pixels
    shown = cv2.warpAffine(image, get_warp_matrix(center, scale, 0.0, canvas.size), canvas.size)
    own = height * np.array([size[0] / size[1], 1.0])
    expected = cv2.warpAffine(image, get_udp_warp_matrix(center, own, 0.0, size), size)
    inner = np.s_[2:-2, 2:-2]  # at the border of a canvas, OpenCV has black to interpolate with
    difference = np.abs(seen(window.place(canvas), shown) - expected)[inner]
    assert difference.max() < 1 and expected[inner].std() > 10
    plain = Window.at_scale_of(student, size)
    assert np.abs(seen(plain.place(canvas), shown) - expected)[inner].max() > 1.5  # it shows where one is not


def test_udp_pixels_begin_and_end_on_the_windows_edges() -> None:
    window = Window((200, 200), (101, 101), udp=True)
    for step, start in window.place(Canvas((300, 300))).axes:
        assert (start, start + 100 * step) == (50.0, 250.0)


@pytest.mark.parametrize(
    ('size', 'person', 'window'),
    [
        ((256, 256), TALL, (180.0, 180.0)),
        ((256, 256), WIDE, (225.0, 225.0)),
        ((256, 256), SQUARE, (150.0, 150.0)),
        ((192, 256), TALL, (135.0, 180.0)),
        ((192, 256), WIDE, (225.0, 300.0)),
        ((192, 256), SQUARE, (150.0, 200.0)),
        ((384, 288), TALL, (240.0, 180.0)),
    ],
)
@pytest.mark.parametrize('canvas_scale', [1.0, 2.0])
def test_a_padded_window_is_the_grown_box_times_the_padding(
    size: tuple[int, int], person: tuple[float, float], window: tuple[float, float], canvas_scale: float
) -> None:
    canvas, student = Canvas((700, 700)), Window.finer((192, 256), canvas_scale)
    for udp in (False, True):
        placement = PaddedWindow(size, PADDINGS, student, udp).place(canvas, persons(person))
        for (step, start), side, length in zip(placement.axes, size, window, strict=True):
            length *= canvas_scale
            step, first = step.item(), start.item()
            if udp:  # the first and the last pixel lie on the edges
                edges = first, first + (side - 1) * step
            else:  # and otherwise half a pixel inside; pixel 0 of the canvas reaches from -0.5 to 0.5
                edges = first - 0.5 * step + 0.5, first + (side - 0.5) * step + 0.5
            assert edges == pytest.approx((350 - length / 2, 350 + length / 2), abs=1e-3)


def test_each_person_has_a_window_and_each_source_a_padding() -> None:
    people = persons(TALL, WIDE, SQUARE)
    people = Persons(('coco', 'mpii', 'coco'), people.boxes, people.sizes)
    placement = PaddedWindow((256, 256), PADDINGS, STUDENT).place(Canvas((400, 400)), people)
    for step, _ in placement.axes:
        assert torch.allclose(step * 256, torch.tensor([180.0, 187.5, 150.0]))
    image = torch.from_numpy(blurred()[:400, :400]).permute(2, 0, 1)[None]
    together = placement.extract(image.expand(3, -1, -1, -1))
    for index in range(3):
        alone = Persons(people.sources[index : index + 1], people.boxes[:1], people.sizes[index : index + 1])
        placed = PaddedWindow((256, 256), PADDINGS, STUDENT).place(Canvas((400, 400)), alone)
        assert torch.allclose(together[index], placed.extract(image)[0], atol=1e-3)


def test_a_padded_window_of_the_students_size_shows_what_a_plain_one_shows() -> None:
    canvas, image = Canvas((300, 300)), blurred()[:300, :300]
    for size, udp in (((192, 256), False), ((144, 192), False), ((144, 192), True), ((288, 384), True)):
        padded = PaddedWindow(size, dict(coco=1.0), STUDENT, udp).place(canvas, persons((192.0, 256.0)))
        plain = Window((192, 256), size, udp).place(canvas)
        inner = np.s_[1:-1, 1:-1]  # a plain one does not look beyond its edges
        assert np.allclose(seen(padded, image)[inner], seen(plain, image)[inner], atol=0.02)
        for (step, start), (plain_step, plain_start) in zip(padded.axes, plain.axes, strict=True):
            assert (step.item(), start.item()) == pytest.approx((plain_step, plain_start))


@pytest.mark.parametrize(
    ('size', 'paddings', 'student_paddings', 'expected'),
    [
        ((256, 256), PADDINGS, dict(coco=1.25, mpii=0.9375), (342, 342)),  # 256 * 1.25 / 0.9375
        ((256, 256), PADDINGS, dict(coco=1.25), (308, 308)),  # 307.2
        ((256, 256), dict(coco=1.26), dict(coco=1.25), (260, 260)),  # 258.05, and even
        ((256, 256), dict(coco=0.5), dict(coco=1.25), (192, 256)),  # the student needs more
        ((192, 256), dict(coco=1.25), dict(coco=1.25), (192, 256)),
        ((192, 256), dict(coco=1.5), dict(coco=1.25), (232, 308)),  # 230.4 and 307.2
        ((384, 288), dict(coco=1.25), dict(coco=1.25), (342, 256)),  # as high as the student, 341.3 wide
        ((144, 256), dict(coco=1.25), dict(coco=1.25), (192, 342)),  # as wide as the student, 341.3 high
    ],
)
def test_the_canvas_that_padded_windows_need(size: tuple, paddings: dict, student_paddings: dict, expected: tuple):
    window = PaddedWindow(size, paddings, STUDENT)
    assert window.needs(student_paddings) == expected
    canvas = Canvas(expected)
    canvas.offset(STUDENT)
    for source, padding in student_paddings.items():  # people who fill the student's window, tall and wide ones
        for share in (0.2, 0.6, 1.0):
            for person in ((192 * share, 256.0), (192.0, 256 * share)):
                person = tuple(side / padding for side in person)
                window.place(canvas, persons(person, source=source))


def test_sources_without_a_padding_have_the_default() -> None:
    window, canvas = PaddedWindow((256, 256), dict(coco=1.5, default=1.25), STUDENT), Canvas((400, 400))
    for source, side in (('coco', 180.0), ('mpii', 150.0)):
        for step, _ in window.place(canvas, persons(TALL, source=source)).axes:
            assert step.item() * 256 == pytest.approx(side)
    assert window.needs(dict(coco=1.25, mpii=0.9375)) == (342, 342)


@pytest.mark.parametrize('paddings', [dict(), dict(coco=0), dict(coco=-1.0), dict(coco=True), dict(coco='1.25')])
def test_a_padding_is_a_positive_number(paddings: dict) -> None:
    with pytest.raises(ValueError, match='padding is a factor above 0'):
        PaddedWindow((256, 256), paddings, STUDENT)


def test_padded_windows_need_people_of_known_sources_and_room() -> None:
    window, canvas = PaddedWindow((256, 256), dict(coco=1.5), STUDENT), Canvas((256, 256))
    with pytest.raises(ValueError, match='must know the person of each sample'):
        window.place(canvas)
    with pytest.raises(ValueError, match="padding says nothing of people of 'mpii': {'coco': 1.5}.*default="):
        window.place(canvas, persons(TALL, source='mpii'))
    with pytest.raises(ValueError, match="padding says nothing of people of 'aic'"):
        window.needs(dict(coco=1.25, aic=1.0))
    with pytest.raises(ValueError, match='a window of 300 pixels does not fit on a canvas of 256'):
        window.place(canvas, persons(TALL, (10.0, 200.0)))


@pytest.mark.parametrize('canvas_scale', [1.0, 1.5])
def test_coordinates_of_all_kinds_of_windows_go_there_and_back(canvas_scale: float) -> None:
    canvas, student = Canvas((800, 800)), Window.finer((192, 256), canvas_scale)
    people = persons(TALL, WIDE, SQUARE)
    windows = [
        student,
        Window.at_scale_of(student, (256, 256)),
        Window.at_scale_of(student, (288, 384)),
        Window.at_scale_of(student, (288, 384), udp=True),
        PaddedWindow((256, 256), PADDINGS, student),
        PaddedWindow((192, 256), PADDINGS, student, udp=True),
    ]
    places = torch.rand(3, 10, 2, generator=torch.Generator().manual_seed(0)) * 200
    for one, other in itertools.permutations([window.place(canvas, people) for window in windows], 2):
        there = coordinates(one, other, places)
        assert torch.allclose(coordinates(other, one, there), places, atol=1e-3)


def test_what_a_place_shows_does_not_depend_on_the_window() -> None:
    canvas, student = Canvas((400, 400)), Window((192, 256), (192, 256))
    ramp = torch.arange(400.0).expand(1, 1, 400, 400)
    image = torch.cat([ramp, ramp.transpose(-1, -2)], 1)  # each pixel knows its place
    people, placed = persons(SQUARE), student.place(canvas)
    for window in (
        Window((200, 200), (100, 100)),
        Window((200, 200), (120, 120), udp=True),
        PaddedWindow((128, 128), PADDINGS, student),
        PaddedWindow((90, 120), PADDINGS, student, udp=True),
    ):
        placement = window.place(canvas, people)
        pixel = torch.tensor([[[40.0, 60.0]]])
        in_student = coordinates(placed, placement, pixel)[0, 0]
        shown = placement.extract(image)[0, :, 60, 40]
        assert torch.allclose(shown, in_student + torch.tensor([104.0, 72.0]), atol=0.1)  # few pixels, unevenly weighed


def test_a_finer_canvas_has_a_larger_window() -> None:
    assert Window.finer((192, 256)) == STUDENT
    assert Window.finer((192, 256), 1.5) == Window((288, 384), (192, 256))
    assert Window.at_scale_of(Window.finer((192, 256), 1.5), (288, 384)).size == (288, 384)


@pytest.mark.parametrize('scale', [0.5, 0.0, -1, math.nan, math.inf, '2', None, 1e9])
def test_a_finer_canvas_is_finer(scale: object) -> None:
    with pytest.raises(ValueError, match='canvas_scale is a number of at least 1 and below 100. Got: '):
        Window.finer((192, 256), scale)


@pytest.mark.parametrize('scale', [1.01, 1.001])
def test_a_finer_canvas_is_of_whole_pixels(scale: float) -> None:
    with pytest.raises(ValueError, match=f'192x256 must be a whole number.*Got: canvas_scale {scale}'):
        Window.finer((192, 256), scale)
