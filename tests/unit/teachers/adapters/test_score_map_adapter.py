import pytest
import torch

from unipose.simcc import Canvas, Persons, SimCCBins, Window
from unipose.teachers.adapters import ScoreMapAdapter, build_adapter
from unipose.teachers.outputs import ScoreMapOutput

STUDENT, TEACHER, CELLS = (192, 256), (256, 256), 64
BINS = SimCCBins(STUDENT, (4.9, 5.66))
CANVAS = Canvas(TEACHER)
STUDENT_WINDOW, WINDOW = Window(STUDENT, STUDENT), Window(TEACHER, TEACHER)
AXES = WINDOW.place(CANVAS).of(STUDENT_WINDOW.place(CANVAS))


def adapter(**options) -> ScoreMapAdapter:
    return build_adapter(ScoreMapOutput(), input_size=TEACHER, bins=BINS, **options)


def person(left: float, top: float, right: float, bottom: float, batch: int = 1) -> Persons:
    """Somebody in a box, pixels of the student's input."""
    half = (right - left) / 2, (bottom - top) / 2
    box = torch.tensor([[(left + right) / 2, (top + bottom) / 2], [half[0], 0.0], [0.0, half[1]]])
    return Persons(('coco',) * batch, box.expand(batch, 3, 2), torch.full((batch, 2), 100.0))


EVERYWHERE = person(-100, -100, 400, 400)


def planted(places: torch.Tensor, score: float = 0.8) -> tuple[torch.Tensor, torch.Tensor]:
    """Maps and offsets that detect keypoints at places ``[B, K, 2]``, pixels of the teacher's input."""
    batch, keypoints, _ = places.shape
    cells = places / 4.0
    peaks = cells.round().long().clamp(0, CELLS - 1)
    maps = torch.full((batch, keypoints, CELLS, CELLS), 0.01)
    offsets = torch.zeros(batch, keypoints, 2, CELLS, CELLS)
    for b in range(batch):
        for k in range(keypoints):
            x, y = peaks[b, k].tolist()
            maps[b, k, y, x] = score
            offsets[b, k, :, y, x] = (cells[b, k] - peaks[b, k]).flip(0)  # y, then x
    return maps, offsets.flatten(1, 2)


def middle(target) -> torch.Tensor:
    """Mean of each row's core, student pixels."""
    core = [rows * (rows > 0.01) for rows in target.axes]
    return torch.stack([rows @ torch.arange(float(rows.shape[-1])) / rows.sum(-1) for rows in core], -1) / 2


def test_a_planted_point_comes_out_where_it_is() -> None:
    generator = torch.Generator().manual_seed(0)
    places = torch.rand(3, 17, 2, generator=generator) * torch.tensor([150.0, 210.0]) + 20  # student pixels
    maps, offsets = planted(places + torch.tensor([32.0, 0.0]))  # the student's window begins at column 32
    target, confidence = adapter()((maps, offsets), AXES, person(-100, -100, 400, 400, batch=3))
    assert (middle(target) - places).abs().max() < 0.05
    assert torch.allclose(confidence, torch.tensor(0.8)) and target.weight.min() > 0.99
    assert target.x.amax(-1).mean().item() == pytest.approx(BINS.label_peaks[0], rel=0.05)  # as wide as the label


def test_without_offsets_it_is_the_cell() -> None:
    maps, _ = planted(torch.tensor([[[100.0, 60.0]]]))
    target, _ = adapter()((maps, None), AXES, EVERYWHERE)
    assert torch.allclose(middle(target), torch.tensor([[[68.0, 60.0]]]), atol=0.02)


def test_somebody_else_in_the_crop_does_not_speak() -> None:
    own, other = (planted(torch.tensor([[[x, 100.0]]]), score) for x, score in ((92.0, 0.4), (200.0, 0.9)))
    maps = torch.maximum(own[0], other[0])
    persons = person(20, 40, 100, 200)
    for options, x, score in ((dict(), 60.0, 0.4), (dict(config=dict(box_factor=0)), 168.0, 0.9)):
        target, confidence = adapter(**options)((maps, None), AXES, persons)
        assert middle(target)[0, 0, 0].item() == pytest.approx(x, abs=0.1)
        assert confidence.item() == pytest.approx(score)


def test_the_box_is_a_tenth_larger_than_annotated_and_turns_with_the_crop() -> None:
    maps, _ = planted(torch.tensor([[[144.0, 128.0]]]))  # student: (112, 128)
    for half in (60.0, 46.0, 40.0):
        upright = person(112 - 64 - half, 100, 112 - 64 + half, 160)  # its centre is 64 pixels to the left
        _, confidence = adapter()((maps, None), AXES, upright)
        assert (confidence.item() > 0.5) is (1.1 * half > 64)
        turned = Persons(
            ('coco',), torch.tensor([[[48.0, 128.0], [0.0, half], [-1.4 * half, 0.0]]]), torch.full((1, 2), 100.0)
        )
        _, confidence = adapter()((maps, None), AXES, turned)
        assert (confidence.item() > 0.5) is (1.1 * 1.4 * half > 64)


def test_where_nobody_is_there_is_no_confidence() -> None:
    maps, offsets = planted(torch.tensor([[[100.0, 60.0]]]))
    target, confidence = adapter()((maps, offsets), AXES, person(500, 500, 510, 510))
    assert confidence.item() == 0 and target.x.isfinite().all()


def test_the_width_is_what_was_measured_for_its_confidence() -> None:
    maps, offsets = planted(torch.tensor([[[100.0, 60.0], [100.0, 60.0]]]))
    maps[:, 1] *= 0.5
    target, _ = adapter(spread=lambda confidence: 6.0 * (1 - confidence))((maps, offsets), AXES, EVERYWHERE)
    bins = torch.arange(384.0)
    core = target.x[0] * (target.x[0] > 0.003)
    core = core / core.sum(-1, keepdim=True)
    mean = (core @ bins)[:, None]
    spread = (core * (bins - mean) ** 2).sum(-1).sqrt() / 2  # student pixels
    label = 0.9  # a label's core is 1.8 bins wide
    assert spread[0].item() == pytest.approx((label**2 + 1.2**2) ** 0.5, rel=0.1)
    assert spread[1].item() == pytest.approx((label**2 + 3.6**2) ** 0.5, rel=0.1)
    constant = adapter(config=dict(spread=0.02))
    assert torch.equal(constant.spread(torch.rand(1, 2)), torch.full((1, 2), 0.02 * 256))
    assert adapter(config=dict(spread=0.02), spread=torch.ones_like).spread(torch.rand(1, 2)).eq(1).all()  # measured


def test_it_asks_whom_a_crop_shows() -> None:
    maps, offsets = planted(torch.tensor([[[100.0, 60.0]]]))
    with pytest.raises(ValueError, match='sees everybody in a crop.*box_factor=0'):
        adapter()((maps, offsets), AXES)
    with pytest.raises(ValueError, match='box_factor must be a number, at least 0'):
        adapter(config=dict(box_factor=-1))
    with pytest.raises(ValueError, match="spread is a share of the student's window"):
        adapter(config=dict(spread=2))
    with pytest.raises(ValueError, match='box_factor must be a number, at least 0'):
        adapter(config=dict(box_factor=float('nan')))


@pytest.mark.parametrize('offset', [0.4, (0.4,), (0.4, float('nan')), ('a', 'b'), None])
def test_an_offset_is_two_numbers(offset: object) -> None:
    with pytest.raises(ValueError, match='offset is two numbers'):
        adapter(config=dict(offset=offset))


@pytest.mark.parametrize(
    ('config', 'says'),
    [(dict(type='HeatmapAdapter'), 'is none that reads'), (dict(type='Foo'), 'is none that reads'), (dict(a=1), "'a'")],
)
def test_an_adapter_of_other_outputs_is_refused(config: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        adapter(config=config)


def test_keypoints_are_picked_with_their_offsets() -> None:
    places = torch.tensor([[[40.0, 50.0], [101.0, 61.0], [150.0, 200.0]]])
    raw = planted(places)
    chosen, _ = adapter()(ScoreMapOutput().select(raw, [2, 1]), AXES, EVERYWHERE)
    assert torch.allclose(middle(chosen), places[:, [2, 1]] - torch.tensor([32.0, 0.0]), atol=0.05)
