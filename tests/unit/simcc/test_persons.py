import cv2
import numpy as np
import pytest
import torch
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor

from unipose.simcc import Persons

WIDTH = 96


def people(num: int = 6, seed: int = 0) -> Persons:
    """People whose boxes are turned by any angle."""
    generator = torch.Generator().manual_seed(seed)
    centre = torch.tensor([48.0, 64.0]) + 8 * torch.randn(num, 2, generator=generator)
    half = 10 + 30 * torch.rand(num, 2, generator=generator)
    angle = 2 * torch.pi * torch.rand(num, generator=generator)
    right = torch.stack([angle.cos(), angle.sin()], -1) * half[:, :1]
    down = torch.stack([-angle.sin(), angle.cos()], -1) * half[:, 1:]
    return Persons(('coco',) * num, torch.stack([centre, right, down], 1), 2 * half)


def inside_polygon(box: Tensor, place: Tensor, factor: float) -> float:
    """OpenCV's signed distance of a place from the border of a box, positive inside."""
    centre, right, down = box.numpy()
    corners = [centre + factor * (x * right + y * down) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return cv2.pointPolygonTest(np.float32(corners), place.tolist(), measureDist=True)


def mirrored_places(places: Tensor) -> Tensor:
    return torch.stack([WIDTH - 1 - places[..., 0], places[..., 1]], -1)


@pytest.mark.parametrize('factor', [0.7, 1.0, 1.3])
@pytest.mark.parametrize('mirrored', [False, True])
def test_inside_is_what_a_polygons_test_says(factor: float, mirrored: bool) -> None:
    persons = people()
    if mirrored:
        persons = persons.mirrored(WIDTH)
    places = torch.rand(len(persons.boxes), 300, 2, generator=torch.Generator().manual_seed(1)) * 110
    found, counts = persons.inside(places, factor), [0, 0]
    for box, row, answers in zip(persons.boxes, places, found, strict=True):
        for place, answer in zip(row, answers.tolist(), strict=True):
            distance = inside_polygon(box, place, factor)
            if abs(distance) > 1e-3:
                assert answer == (distance > 0)
                counts[answer] += 1
    assert min(counts) > 50


def test_the_same_places_may_be_asked_of_everybody() -> None:
    persons, grid = people(), torch.rand(1, 7, 5, 2) * 100
    found = persons.inside(grid, 1.0)
    assert found.shape == (6, 7, 5)
    assert torch.equal(found, persons.inside(grid.expand(6, -1, -1, -1), 1.0))


def test_a_box_without_a_side_holds_nothing_beside_its_line() -> None:
    flat = Persons(('coco',), torch.tensor([[[10.0, 10.0], [5.0, 0.0], [0.0, 0.0]]]), torch.tensor([[10.0, 0.0]]))
    assert not flat.inside(torch.tensor([[[10.0, 12.0], [30.0, 10.5]]]), 1.0).any()


def test_mirrored_twice_is_the_identity() -> None:
    persons = people()
    once = persons.mirrored(WIDTH)
    assert not torch.allclose(once.boxes, persons.boxes)
    twice = once.mirrored(WIDTH)
    assert torch.allclose(twice.boxes, persons.boxes, atol=1e-5)
    assert torch.equal(once.sizes, persons.sizes) and once.sources == persons.sources


def test_what_is_inside_is_so_in_the_mirror() -> None:
    persons, places = people(), torch.rand(6, 200, 2, generator=torch.Generator().manual_seed(2)) * 100
    found = persons.inside(places, 1.1)
    assert found.any() and not found.all()
    assert torch.equal(persons.mirrored(WIDTH).inside(mirrored_places(places), 1.1), found)


def test_samples_say_whom_they_show() -> None:
    persons = people(2)
    samples = [
        BaseDataElement(
            metainfo=dict(source=name),
            gt_instance_labels=InstanceData(
                person_box=persons.boxes[index : index + 1], person_size=persons.sizes[index : index + 1]
            ),
        )
        for index, name in enumerate(('coco', 'mpii'))
    ]
    found = Persons.of_samples(samples)
    assert found.sources == ('coco', 'mpii')
    assert torch.equal(found.boxes, persons.boxes) and torch.equal(found.sizes, persons.sizes)


def test_samples_that_do_not_say_so_and_none_at_all_show_nobody() -> None:
    assert Persons.of_samples([]) is None
    assert Persons.of_samples([BaseDataElement(gt_instance_labels=InstanceData())]) is None


@pytest.mark.parametrize(
    ('boxes', 'sizes'), [((2, 3, 2), (1, 2)), ((1, 3, 2), (2, 2)), ((2, 4), (2, 2)), ((2, 3, 2), (2,))]
)
def test_shapes_must_fit_together(boxes: tuple, sizes: tuple) -> None:
    message = r'2 persons have boxes \[2, 3, 2\] and sizes \[2, 2\]. Got: '
    with pytest.raises(ValueError, match=message):
        Persons(('coco', 'mpii'), torch.zeros(boxes), torch.zeros(sizes))
