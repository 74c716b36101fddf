import copy
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmpose.registry import MODELS

from tests.builders import CANVAS, STUDENT, model_config, write_teacher
from unipose.checkpoints.loading import sha256_file
from unipose.simcc import Canvas, SimCCBins, SimCCTarget, Window
from unipose.skeletons import load_skeleton
from unipose.teachers.calibration import Calibration
from unipose.teachers.entry import window_of_entry
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher

UNION = load_skeleton('coco+mpii')
STUDENT_WINDOW = Window(STUDENT, STUDENT)
MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


@pytest.fixture(scope='module')
def entry(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return write_teacher(tmp_path_factory.mktemp('teacher'), 'mpii', 16, CANVAS)


def build(entry: dict, name: str = 'mpii') -> Teacher:
    return Teacher.from_entry(name, entry, STUDENT_WINDOW, UNION)


def connect(teacher: Teacher, **preprocessor) -> Teacher:
    config = dict(model_config('coco+mpii', 21)['data_preprocessor'], **preprocessor)
    canvas = Canvas.around(STUDENT_WINDOW, teacher.window)
    pixels = PixelFormat.of_preprocessor(MODELS.build(config), 'the student')
    teacher.connect(canvas, STUDENT_WINDOW, SimCCBins(STUDENT, (3.46, 4.0)), pixels)
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
    teacher.network.model.backbone.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    teacher.canvas = Canvas(CANVAS)
    canvas = torch.randn(1, 3, 128, 128)
    teacher(canvas)
    assert torch.equal(seen[0], canvas[..., 16:112])


def test_stores_on_disks_go_on_calling_its_window_a_view(entry: dict) -> None:
    assert build(entry).facts['view'] == dict(window=CANVAS, input_size=CANVAS)


def test_another_normalisation_is_converted(entry: dict) -> None:
    plain, other = connect(build(entry)), connect(build(entry), mean=[100.0, 90.0, 80.0], std=[50.0, 60.0, 70.0])
    image = torch.rand(1, 3, 128, 128) * 255
    windows = []
    for teacher, mean, std in (
        (plain, MEAN, STD),
        (other, [100.0, 90.0, 80.0], [50.0, 60.0, 70.0]),
    ):
        teacher.network.model.backbone.register_forward_pre_hook(lambda module, inputs: windows.append(inputs[0]))
        teacher((image - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1))
    assert torch.allclose(windows[0], windows[1], atol=1e-4)


def test_a_student_that_takes_bgr_shows_it_the_same(entry: dict) -> None:
    rgb, bgr = connect(build(entry)), connect(build(entry), bgr_to_rgb=False, mean=MEAN[::-1], std=STD[::-1])
    canvas = torch.randn(1, 3, 128, 128)
    expected, got = rgb(canvas), bgr(canvas.flip(1))
    assert torch.allclose(got.x, expected.x, atol=1e-4) and torch.allclose(got.weight, expected.weight, atol=1e-4)
    assert not torch.allclose(bgr(canvas).x, expected.x, atol=1e-4)


def test_the_weight_is_the_mass_inside_times_how_far_it_is_trusted(entry: dict, tmp_path: Path) -> None:
    canvas = torch.randn(2, 3, 128, 128)
    raw = connect(build(entry))
    inside, confidence, features = raw.predict(canvas)
    calibration = tmp_path / 'calibration.json'
    measured = dict(checkpoint_sha256=sha256_file(entry['checkpoint']))
    Calibration([0.0, 1.0], [0.5, 0.9], measured).save(calibration)
    for options, trust in (
        (dict(), confidence.clamp(0, 1)),
        (dict(calibration=None), confidence.clamp(0, 1)),
        (dict(confidence=False), torch.ones_like(confidence)),
        (dict(calibration=str(calibration)), 0.5 + 0.4 * confidence),
    ):
        teacher = connect(build(dict(entry, **options)))
        target, same_features = teacher.observe(canvas)
        indices = list(teacher.keypoint_map.dst_indices)
        own = list(teacher.keypoint_map.src_indices)
        assert torch.allclose(target.weight[:, indices], (inside.weight * trust)[:, own], atol=1e-6)
        assert torch.equal(same_features, features) and features.ndim == 4


def test_confidence_beyond_1_counts_as_1(entry: dict) -> None:
    teacher = connect(build(entry))
    canvas = torch.randn(1, 3, 128, 128)
    inside, _, _ = teacher.predict(canvas)
    adapter = teacher.adapter
    teacher.adapter = lambda *output: (adapter(*output)[0], torch.full((1, 16), 7.0))
    weight = teacher(canvas).weight[:, list(teacher.keypoint_map.dst_indices)]
    assert torch.equal(weight, inside.weight[:, list(teacher.keypoint_map.src_indices)])


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
@pytest.mark.parametrize('options', [dict(), dict(confidence=False), dict(calibration=True)], ids=str)
def test_a_confidence_that_is_no_finite_number_is_worth_none(
    entry: dict, tmp_path: Path, options: dict, value: float
) -> None:
    if 'calibration' in options:
        options = dict(calibration=str(tmp_path / 'calibration.json'))
        measured = dict(checkpoint_sha256=sha256_file(entry['checkpoint']))
        Calibration([0.0, 1.0], [0.5, 0.9], measured).save(options['calibration'])
    teacher = connect(build(dict(entry, **options)))
    canvas = torch.randn(2, 3, 128, 128)
    whole, adapter = teacher(canvas), teacher.adapter
    own, known = (getattr(teacher.keypoint_map, f'{side}_indices')[0] for side in ('src', 'dst'))

    def adapt(*output) -> tuple[SimCCTarget, torch.Tensor]:
        target, confidence = adapter(*output)
        confidence[1, own] = value
        return target, confidence

    teacher.adapter = adapt
    kept, left_out = teacher(canvas).finite_rows()
    assert left_out.nonzero().tolist() == [[1, known]] and kept.weight[1, known] == 0
    assert torch.equal(kept.weight[~left_out], whole.weight[~left_out])


def test_a_neck_that_pools_leaves_the_backbones_map_to_see(entry: dict) -> None:
    """Regression models pool before the head; what is seen of them is the map before that."""
    teacher = connect(build(entry))
    teacher.network.model.neck = MODELS.build(dict(type='GlobalAveragePooling'))
    teacher.network.model.head.forward = lambda features: features[-1]
    teacher.adapter = lambda pooled, *_: (unsure(pooled), torch.ones(len(pooled), 16))
    _, features = teacher.observe(torch.randn(1, 3, 128, 128))
    assert features.shape == (1, 128, 4, 4)


def unsure(pooled: torch.Tensor) -> SimCCTarget:
    assert pooled.ndim == 2
    batch = len(pooled)
    return SimCCTarget(torch.ones(batch, 16, 192) / 192, torch.ones(batch, 16, 256) / 256, torch.ones(batch, 16))


def test_copies_are_itself_and_it_stays_frozen(entry: dict) -> None:
    teacher = build(entry)
    assert copy.deepcopy(teacher) is teacher
    model = teacher.network.model
    assert not model.training and not any(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(checkpoint=None), r"lacks \['checkpoint'\].*removed by NAME=None"),
        (dict(config=None), r"lacks one of \['config', 'onnx', 'transformers'\]"),
        (dict(skeleton=''), r"lacks \['skeleton'\]"),
        (dict(chekpoint='x'), r"unknown keys \['chekpoint'\]"),
        (dict(skeleton='coco'), "predicts 16 keypoints, but its skeleton 'coco' has 17"),
        (dict(skeleton='aic'), r"(?s)of teacher 'mpii' cannot.*\['neck'\] of 'aic' are not in"),
        (dict(window=dict(size=(128, 128), input_size=(96, 128))), 'only by stretching'),
        (dict(confidence='no'), "confidence must be True or False. Got: 'no'"),
        (dict(confidence=False, calibration='x.json'), 'teacher .mpii.: calibration says.*give one or the other'),
    ],
)
def test_wrong_entries_say_what_to_do(entry: dict, change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(dict(entry, **change))


def test_a_head_that_does_not_say_its_input_is_told_how_to(entry: dict, tmp_path: Path) -> None:
    config = Config.fromfile(entry['config'])
    config.model.head.decoder = None
    config.dump(tmp_path / 'silent.py')
    with pytest.raises(ValueError, match=r'silent.py does not say.*window=dict\(input_size'):
        window_of_entry(dict(entry, config=str(tmp_path / 'silent.py')), STUDENT_WINDOW)


@pytest.mark.parametrize('key', ['config', 'checkpoint', 'calibration'])
def test_missing_files_are_named(entry: dict, key: str) -> None:
    with pytest.raises(FileNotFoundError, match='nowhere.file'):
        build(dict(entry, **{key: 'nowhere.file'}))


def test_weights_of_another_teacher_are_refused(entry: dict, tmp_path: Path) -> None:
    coco = write_teacher(tmp_path, 'coco', 17, CANVAS)
    with pytest.raises(ValueError, match="(?s)teacher 'mpii'.*17 outputs.*'?mpii'? has 16"):
        build(dict(entry, checkpoint=coco['checkpoint']))


def test_a_large_batch_is_what_its_parts_are(entry: dict) -> None:
    teacher = connect(build(dict(entry, precision='fp32')))
    canvas = torch.randn(20, 3, 128, 128)
    (whole, features), parts = teacher.observe(canvas), [teacher.observe(part) for part in canvas.split(10)]
    assert torch.allclose(features, torch.cat([maps for _, maps in parts]), rtol=1e-3, atol=1e-3)
    places = torch.cat([target.x.argmax(-1) for target, _ in parts])
    assert (whole.x.argmax(-1) == places).float().mean() > 0.99


def test_a_licence_changes_no_target(entry: dict) -> None:
    assert build(dict(entry, license='gpl-3.0')).facts == build(entry).facts
    with pytest.raises(ValueError, match="teacher 'mpii': a licence is its name"):
        build(dict(entry, license=['gpl-3.0']))
