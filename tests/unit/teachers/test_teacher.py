import copy
from pathlib import Path

import pytest
import torch
from mmpose.registry import MODELS

from tests.builders import CANVAS, STUDENT, model_config, write_teacher
from unipose.simcc import Canvas, SimCCBins, View
from unipose.skeletons import load_skeleton
from unipose.teachers.teacher import Teacher

UNION = load_skeleton('coco+mpii')
STUDENT_VIEW = View(STUDENT, STUDENT)


@pytest.fixture(scope='module')
def entry(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return write_teacher(tmp_path_factory.mktemp('teacher'), 'mpii', 16, CANVAS)


def build(entry: dict, name: str = 'mpii') -> Teacher:
    return Teacher.from_entry(name, entry, STUDENT_VIEW, UNION)


def connect(teacher: Teacher, **preprocessor) -> Teacher:
    config = dict(model_config('coco+mpii', 21)['data_preprocessor'], **preprocessor)
    canvas = Canvas.around(STUDENT_VIEW, teacher.view)
    teacher.connect(canvas, STUDENT_VIEW, SimCCBins(STUDENT, (3.46, 4.0)), MODELS.build(config))
    return teacher


def test_it_speaks_of_its_own_keypoints_only(entry: dict) -> None:
    target = connect(build(entry))(torch.randn(2, 3, 128, 128))
    assert target.x.shape == (2, 21, 192) and target.y.shape == (2, 21, 256)
    known = {UNION.names[i] for i in (target.weight > 0).any(0).nonzero().flatten().tolist()}
    assert known and known <= set(load_skeleton('mpii').names)
    assert not target.x.requires_grad


def test_it_sees_its_own_window_of_the_canvas(entry: dict, tmp_path: Path) -> None:
    teacher = connect(build(write_teacher(tmp_path, 'coco', 17, STUDENT), 'coco'))
    seen = []
    teacher.model.backbone.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    teacher.canvas = Canvas(CANVAS)
    canvas = torch.randn(1, 3, 128, 128)
    teacher(canvas)
    assert torch.equal(seen[0], canvas[..., 16:112])


def test_another_normalisation_is_converted(entry: dict) -> None:
    plain, other = connect(build(entry)), connect(build(entry), mean=[100.0, 90.0, 80.0], std=[50.0, 60.0, 70.0])
    image = torch.rand(1, 3, 128, 128) * 255
    views = []
    for teacher, mean, std in (
        (plain, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]),
        (other, [100.0, 90.0, 80.0], [50.0, 60.0, 70.0]),
    ):
        teacher.model.backbone.register_forward_pre_hook(lambda module, inputs: views.append(inputs[0]))
        teacher((image - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1))
    assert torch.allclose(views[0], views[1], atol=1e-4)
    with pytest.raises(ValueError, match='bgr_to_rgb'):
        connect(build(entry), bgr_to_rgb=False)


def test_copies_are_itself_and_it_stays_frozen(entry: dict) -> None:
    teacher = build(entry)
    assert copy.deepcopy(teacher) is teacher
    assert not teacher.model.training and not any(p.requires_grad for p in teacher.model.parameters())


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(checkpoint=None), r"lacks \['checkpoint'\].*removed by mpii=None"),
        (dict(config=None, skeleton=''), r"lacks \['config', 'skeleton'\]"),
        (dict(chekpoint='x'), r"unknown keys \['chekpoint'\]"),
        (dict(skeleton='coco'), "predicts 16 keypoints, but its skeleton 'coco' has 17"),
        (dict(skeleton='aic'), r"\['neck'\] of 'aic' are not in"),
        (dict(view=dict(input_size=(96, 128), window=(128, 128))), 'only by stretching'),
    ],
)
def test_wrong_entries_say_what_to_do(entry: dict, change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(dict(entry, **change))


@pytest.mark.parametrize('key', ['config', 'checkpoint'])
def test_missing_files_are_named(entry: dict, key: str) -> None:
    with pytest.raises(FileNotFoundError, match='nowhere.file'):
        build(dict(entry, **{key: 'nowhere.file'}))


def test_weights_of_another_teacher_are_refused(entry: dict, tmp_path: Path) -> None:
    coco = write_teacher(tmp_path, 'coco', 17, CANVAS)
    with pytest.raises(ValueError, match="(?s)teacher 'mpii'.*17 outputs.*'?mpii'? has 16"):
        build(dict(entry, checkpoint=coco['checkpoint']))
