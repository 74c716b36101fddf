"""What a GPU would show: every tensor is where it should be, and nothing in a step has the CPU wait for it."""

import copy
import sys

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmpose.registry import MODELS

from tests.as_if_gpu import DEVICE, AsIfGpu
from tests.builders import CANVAS, canvases, model_config, samples, write_teachers
from unipose.distillers import MultiTeacherDistiller
from unipose.simcc.compact import LEAVES
from unipose.simcc.mean_pose import MeanPose

DIALECTS = dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii'))
SOURCES = ('coco', 'mpii')
STATISTICS = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True)
RECIPES = dict(
    separate={},
    fused=dict(combine='fused', dialects=DIALECTS),
    by_source=dict(combine='by_source'),
    dropping=dict(teacher_dropping=0.5),
)


@pytest.fixture(scope='module')
def entries(tmp_path_factory: pytest.TempPathFactory) -> dict:
    entries = write_teachers(tmp_path_factory.mktemp('teachers'))
    # what is made of 'auto' is another type where this CPU has units for bfloat16
    return {name: dict(entry, precision='fp32') for name, entry in entries.items()}


def build(teachers: dict, **options: object) -> MultiTeacherDistiller:
    torch.manual_seed(0)
    return MODELS.build(model_config('coco+mpii', 21, teachers=copy.deepcopy(teachers), **options))


def batch(model: MultiTeacherDistiller, stored: str = '') -> dict:
    """Two samples as a pipeline packs them; with stored targets of views or of people as they are."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (2, 3, *CANVAS[::-1]), generator=generator, dtype=torch.uint8)
    data = samples(2, sources=SOURCES)
    if stored:
        for name, packed in model.compact_targets(canvases(2), data, LEAVES)[0].items():
            for sample, one in zip(data, packed):
                setattr(sample.gt_instance_labels, f'target_{name}', one[None])
    for index, sample in enumerate(data):
        box = torch.tensor([[[48.0, 64.0], [30.0, 5.0], [-5.0, 50.0]]])
        sample.gt_instance_labels.person_box = box
        sample.gt_instance_labels.person_size = torch.tensor([[60.0, 100.0]])
        sample.set_metainfo(dict(flip=bool(index)))
        if stored == 'moving':
            sample.gt_instance_labels.seen_box = box + 3.0
    return dict(inputs=list(images), data_samples=data)


def step(model: MultiTeacherDistiller, data: dict) -> dict[str, float]:
    torch.manual_seed(1)
    logged = model.train_step(copy.deepcopy(data), OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1)))
    gradients = {name: p.grad.norm() for name, p in model.named_parameters() if p.grad is not None}
    return {name: float(value.detach().cpu()) for name, value in {**logged, **gradients}.items()}


def check_step(model: MultiTeacherDistiller, data: dict, moves: bool = False) -> None:
    expected = step(copy.deepcopy(model), data)
    with AsIfGpu() as gpu:
        model = copy.deepcopy(model).to(DEVICE)
        model.mean_pose = MeanPose()
        assert {tensor.device for tensor in [*model.parameters(), *model.buffers()]} == {DEVICE}
        step(copy.deepcopy(model), data)  # what is made once is made
        gpu.waits.clear()
        found = step(model, data)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)
    waits = {what: count for what, count in gpu.waits.items() if not what.endswith('elsewhere')}
    assert waits == ({'a copy between devices in simcc/moved.py zooms_of': 1} if moves else {})


@pytest.mark.parametrize('recipe', RECIPES)
@pytest.mark.parametrize('stored', ['', 'views', 'moving'])
def test_a_step(entries: dict, recipe: str, stored: str) -> None:
    model = build(entries, **RECIPES[recipe])
    check_step(model, batch(model, stored), moves=stored == 'moving')


def test_features(entries: dict) -> None:
    model = build({name: dict(entry, feature_weight=2.0) for name, entry in entries.items()})
    check_step(model, batch(model))


@pytest.mark.parametrize('stored', ['', 'views'])
def test_labels_that_stay_where_the_loader_put_them(entries: dict, stored: str) -> None:
    model = build(entries, combine='by_source', canvas_size=CANVAS)
    model.data_preprocessor = MODELS.build(dict(STATISTICS, type='PhotometricPreprocessor'))
    check_step(model, batch(model, stored))


@pytest.mark.parametrize(
    'own',
    [
        dict(padding=dict(default=0.9), blackout=1.2, keypoints=['head_top', 'left_hip', 'right_hip']),
        dict(window=dict(size=(96, 96), input_size=CANVAS)),
    ],
)
def test_a_teacher_with_a_window_of_its_own(entries: dict, own: dict) -> None:
    model = build(dict(entries, mpii=dict(entries['mpii'], **own)), canvas_size=CANVAS)
    check_step(model, batch(model))


@pytest.mark.parametrize('stored', ['', 'moving'])
def test_a_device_without_float64_is_asked_for_none(
    entries: dict, stored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = dict(padding=dict(default=0.9), blackout=1.2)
    model = build(dict(entries, mpii=dict(entries['mpii'], **own)), canvas_size=CANVAS, combine='by_source')
    model.data_preprocessor = MODELS.build(dict(STATISTICS, type='PhotometricPreprocessor'))
    data = batch(model)
    if stored:
        data = batch(build(entries, canvas_size=CANVAS), stored)
    for name in ('persons', 'rebin'):
        monkeypatch.setattr(sys.modules[f'unipose.simcc.{name}'], 'exact', lambda device: torch.float32)
    with AsIfGpu() as gpu:
        step(copy.deepcopy(model).to(DEVICE), data)
    assert not gpu.doubles


def test_targets_to_store_and_predictions(entries: dict) -> None:
    model, data = build(entries).eval(), samples(2, sources=SOURCES)
    expected, _ = model.compact_targets(canvases(2), data, LEAVES)
    seen = canvases(2)[..., 16:112]
    of_cpu = model.predict(seen, copy.deepcopy(data))
    with AsIfGpu():
        model = copy.deepcopy(model).to(DEVICE)
        found, _ = model.compact_targets(canvases(2).to(DEVICE), data, LEAVES)
        predicted = model.predict(seen.to(DEVICE), copy.deepcopy(data))
        for name, packed in found.items():
            assert packed.device == DEVICE and torch.equal(packed.cpu(), expected[name])
    for one, other in zip(of_cpu, predicted):
        assert one.pred_instances.keypoints == pytest.approx(other.pred_instances.keypoints)
