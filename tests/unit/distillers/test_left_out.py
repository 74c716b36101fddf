"""What is no finite number counts for nothing, whoever says it and however teachers are combined."""

from collections.abc import Callable

import pytest
import torch
from mmpose.registry import MODELS
from torch import Tensor

from benchmarks.quality.contestants import HardLabelDistiller
from tests.builders import CANVAS, canvases, model_config, samples
from unipose.distillers import MultiTeacherDistiller
from unipose.teachers.teacher import Teacher

NAN = float('nan')
DIALECTS = dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii'))
ROW = (1, 11)  # sample, and keypoint of COCO's: the left hip, which MPII's teacher knows as well


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Has a teacher's network say something else."""

    def change(teacher: Teacher, change: Callable[[tuple[Tensor, Tensor], Tensor], None]) -> None:
        def network(images: Tensor) -> tuple:
            raw, features = own(images)
            change(raw, features)
            return raw, features

        own = teacher.network
        described = dict(apply=own.apply, output=own.output, has_features=own.has_features)
        monkeypatch.setattr(teacher, 'network', type('Other', (), dict(described, __call__=lambda _, x: network(x)))())

    return change


def gradients(model: MultiTeacherDistiller, changes: Callable = lambda data: None) -> tuple[dict, dict]:
    """Losses and gradients of a batch of three."""
    data = samples(3, sources=('coco', 'mpii'))
    changes(data)
    model.zero_grad()
    losses = model.train().loss(canvases(3), data)
    model.parse_losses(losses)[0].backward()
    return losses, {name: parameter.grad for name, parameter in model.named_parameters()}


def build(entries: dict, **options) -> MultiTeacherDistiller:
    torch.manual_seed(0)
    return MODELS.build(model_config('coco+mpii', 21, teachers=entries, canvas_size=CANVAS, **options))


@pytest.mark.parametrize('value', [NAN, float('inf')])
@pytest.mark.parametrize('dialects', [None, DIALECTS], ids=['plain', 'dialects'])
@pytest.mark.parametrize(
    'options',
    [dict(), dict(combine='fused'), dict(combine='by_source'), dict(teacher_dropping=0.5)],
    ids=lambda options: '-'.join(map(str, options.values())) or 'separate',
)
def test_a_row_of_a_teacher_counts_as_if_it_had_no_weight(
    entries: dict, says: Callable, monkeypatch: pytest.MonkeyPatch, options: dict, dialects: dict | None, value: float
) -> None:
    model = build(entries, dialects=dialects, **options)
    teacher = model.teachers['coco']

    with monkeypatch.context() as patch:  # as sure of it as can be, but it counts for nothing

        def without(images: Tensor, persons: object) -> tuple:
            target, features = Teacher.observe(teacher, images, persons)
            target.weight[ROW] = 0.0
            return target, features

        patch.setattr(teacher, 'observe', without)
        expected, expected_gradients = gradients(model)
    says(teacher, lambda raw, features: raw[0].__setitem__((*ROW, 7), value))
    found, found_gradients = gradients(model)

    assert found.pop('rows_left_out') == 1 and expected.pop('rows_left_out') == 0
    assert {name: count.item() for name, count in model.left_out.items() if count} == {'teacher coco': 1}
    for name, loss in expected.items():
        assert found[name].item() == pytest.approx(loss.item(), rel=1e-5), name
    for name, gradient in expected_gradients.items():
        assert torch.allclose(found_gradients[name], gradient, rtol=1e-4, atol=1e-5 * gradient.abs().max()), name


def test_a_feature_map_counts_for_nothing(entries: dict, says: Callable) -> None:
    model = build({name: dict(entry, feature_weight=1.0) for name, entry in entries.items()}, combine='fused')
    says(model.teachers['mpii'], lambda raw, features: features[2, 5, 0].fill_(NAN))
    losses, found = gradients(model)
    assert losses['rows_left_out'] == 1 and losses['loss_feature_mpii'] > 0
    assert all(gradient.isfinite().all() for gradient in found.values())


def test_a_teacher_that_says_no_number_at_all_leaves_the_others_to_teach(entries: dict, says: Callable) -> None:
    model = build(entries, combine='fused')
    says(model.teachers['coco'], lambda raw, features: [rows.fill_(NAN) for rows in (*raw, features)])
    losses, found = gradients(model)
    assert losses['rows_left_out'] == 3 * 17 and losses['weight_kd_coco'] == 0 and losses['loss_kd_fused'] > 0
    assert all(gradient.isfinite().all() for gradient in found.values())


def test_a_midpoint_of_what_is_no_number_is_none(entries: dict, says: Callable) -> None:
    entry = dict(entries['coco'], derived=dict(pelvis=('left_hip', 'right_hip')))
    model = build(dict(coco=entry))
    says(model.teachers['coco'], lambda raw, features: raw[1].__setitem__(ROW, NAN))
    losses, found = gradients(model)
    assert losses['rows_left_out'] == 2 and all(gradient.isfinite().all() for gradient in found.values())


@pytest.mark.parametrize('where', ['keypoint_labels', 'keypoint_weights'])
@pytest.mark.parametrize('value', [NAN, float('inf')])
def test_an_annotation_counts_as_if_there_were_none(entries: dict, where: str, value: float) -> None:
    model = build(entries, dialects=DIALECTS)
    expected, expected_gradients = gradients(
        model, lambda data: data[1].gt_instance_labels.keypoint_weights[0, 11].fill_(0)
    )
    found, found_gradients = gradients(model, lambda data: data[1].gt_instance_labels[where][0, 11].fill_(value))
    assert found.pop('rows_left_out') == 1 and expected.pop('rows_left_out') == 0
    assert {name: count.item() for name, count in model.left_out.items() if count} == {'ground truth': 1}
    for name, loss in expected.items():
        assert torch.equal(found[name], loss), name
    for name, gradient in expected_gradients.items():
        assert torch.allclose(found_gradients[name], gradient, rtol=1e-4, atol=1e-6), name


def test_what_is_not_annotated_may_be_anything(entries: dict) -> None:
    def unknown(data: list) -> None:
        data[0].gt_instance_labels.keypoint_weights[0, 3] = 0
        data[0].gt_instance_labels.keypoint_labels[0, 3] = NAN

    losses, found = gradients(build(entries), unknown)
    assert losses['rows_left_out'] == 0 and all(gradient.isfinite().all() for gradient in found.values())


def test_a_person_whose_box_is_no_number_is_taught_by_annotations_alone(entries: dict) -> None:
    """A teacher with a padding of its own looks for its window by that box."""
    model = build(dict(mpii=dict(entries['mpii'], padding=dict(default=0.8))))

    def boxes(data: list) -> None:
        for number, sample in enumerate(data):
            box = torch.tensor([[[48.0, 64.0], [24.0, 0.0], [0.0, 40.0]]])
            sample.gt_instance_labels.person_box = box
            sample.gt_instance_labels.person_size = torch.tensor([[NAN if number == 1 else 48.0, 80.0]])

    losses, found = gradients(model, boxes)
    assert losses['rows_left_out'] == 16 and losses['loss_kd_mpii'] > 0
    assert all(gradient.isfinite().all() for gradient in found.values())


def test_nobody_is_annotated_by_what_is_no_number(entries: dict, says: Callable) -> None:
    torch.manual_seed(0)
    config = model_config('coco+mpii', 21, teachers=entries, canvas_size=CANVAS, threshold=0.0, everywhere=True)
    model = HardLabelDistiller(**{key: value for key, value in config.items() if key != 'type'})
    for rows in (slice(None), ROW):
        says(model.teachers['coco'], lambda raw, features, rows=rows: raw[0].__setitem__(rows, NAN))
        _, found = gradients(model, lambda data: [s.gt_instance_labels.keypoint_weights.zero_() for s in data])
        assert all(gradient.isfinite().all() for gradient in found.values())


def test_pictures_show_it_without_weight(entries: dict, says: Callable) -> None:
    model = build(entries).eval()
    says(model.teachers['coco'], lambda raw, features: raw[0].__setitem__(ROW, NAN))
    opinions = model.opinions(canvases(3), samples(3))
    assert opinions['teacher coco'].weight[ROW] == 0 and opinions['teacher coco'].x.isfinite().all()
