from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from tests.onnx_files import write_onnx_file
from unipose.simcc import SimCCTarget
from unipose.teachers.teacher_estimator import TeacherEstimator

SIZE = (96, 128)
BOX = [10.0, 20.0, 70.0, 110.0]


@pytest.fixture
def entry(tmp_path: Path) -> dict:
    file = write_onnx_file(tmp_path / 'a.onnx', dict(simcc_x=(17, 192), simcc_y=(17, 256)))
    return dict(onnx=str(file), skeleton='coco', padding=dict(default=1.5, mpii=1.25), weight=2.0)


def estimator(entry: dict, **options) -> TeacherEstimator:
    return MODELS.build(dict(type='TeacherEstimator', name='coco', entry=entry, **options)).eval()


def sample() -> PoseDataSample:
    """A crop whose pixels are those of its image."""
    found = PoseDataSample(
        metainfo=dict(source='coco', input_size=SIZE, input_center=np.array([48.0, 64.0]), input_scale=np.array(SIZE))
    )
    found.gt_instances = InstanceData(bboxes=np.array([BOX]), bbox_scores=np.ones(1))
    return found


def seeing(model: TeacherEstimator, persons: list) -> None:
    """Makes the teacher point at the brightest pixel, as an exact network would."""

    def predict(images: torch.Tensor, about) -> tuple:
        persons.append(about)
        flat = images.sum(1).flatten(1).argmax(-1)
        places = torch.stack([flat % SIZE[0], flat // SIZE[0]], -1).float()[:, None].expand(-1, 17, -1)
        target = model.bins.encode(places, torch.ones(places.shape[:2]))
        return target, torch.ones(places.shape[:2]), None

    model.teacher.predict = predict


def image(x: int, y: int) -> torch.Tensor:
    pixels = torch.zeros(3, 128, 96, dtype=torch.uint8)
    pixels[:, y, x] = 255
    return pixels


@pytest.mark.parametrize('flip_test', [False, True])
@pytest.mark.parametrize('place', [(0, 0), (30, 77), (95, 127)])
def test_an_exact_teacher_is_exact_with_and_without_flip(entry: dict, flip_test: bool, place: tuple) -> None:
    """MMPose's own average over the mirrored image would lie a quarter of a pixel further right."""
    model, persons = estimator(entry, flip_test=flip_test), []
    seeing(model, persons)
    [found] = model.test_step(dict(inputs=[image(*place)], data_samples=[sample()]))
    np.testing.assert_allclose(found.pred_instances.keypoints[0], [place] * 17, atol=1e-4)
    np.testing.assert_allclose(found.pred_instances.keypoint_scores, 1.0, atol=1e-4)
    assert len(persons) == 1 + flip_test
    assert persons[0].boxes[0].tolist() == [[40.0, 65.0], [30.0, 0.0], [0.0, 45.0]]
    assert persons[-1].boxes[0, 0].tolist() == ([55.0, 65.0] if flip_test else [40.0, 65.0])


@pytest.mark.parametrize('flip_test', [False, True])
def test_what_is_no_number_scores_nothing(entry: dict, flip_test: bool) -> None:
    model = estimator(entry, flip_test=flip_test)
    seeing(model, [])
    predict = model.teacher.predict

    def with_nan(*arguments) -> tuple:
        target, confidence, features = predict(*arguments)
        target.x[:, 0, 3] = confidence[:, 3] = float('nan')
        return target, confidence, features

    model.teacher.predict = with_nan
    [found] = model.test_step(dict(inputs=[image(30, 77)], data_samples=[sample()]))
    wrong = {0, 3, 4} if flip_test else {0, 3}  # the ears are each other's mirror images
    expected = [0.0 if index in wrong else 1.0 for index in range(17)]
    np.testing.assert_allclose(found.pred_instances.keypoint_scores[0], expected, atol=1e-4)


def test_it_says_what_it_is_and_how_it_is_cropped(entry: dict) -> None:
    own = estimator(entry)
    assert own.input_size == SIZE and own.crop == dict(type='TopdownAffine', input_size=SIZE)
    assert [own.padding(name) for name in ('coco', 'mpii')] == [1.5, 1.25]
    assert own.facts()['checkpoint'] == 'a.onnx' and own.complexity.params == 48 * 17 * (192 + 256)
    codec = dict(
        type='SimCCLabel', input_size=(48, 64), sigma=(2.4, 2.8), simcc_split_ratio=2.0, normalize=False, use_dark=False
    )
    through = estimator(entry, student=dict(decoder=codec, canvas_size=(152, 152), canvas_scale=2.0))
    assert through.input_size == (48, 64)
    assert through.crop == dict(type='CanvasAffine', input_size=(48, 64), canvas_size=(152, 152), canvas_scale=2.0)
    assert through.teacher.window.paddings == dict(default=1.5, mpii=1.25)
    assert through.test_cfg == own.test_cfg == dict(flip_test='aligned')


def test_other_weights_may_be_given(entry: dict, tmp_path: Path) -> None:
    other = write_onnx_file(tmp_path / 'b.onnx', dict(simcc_x=(17, 192), simcc_y=(17, 256)), seed=1)
    assert estimator(entry, weights=str(other)).facts()['checkpoint'] == 'b.onnx'


def test_mirrored_rows_are_aligned_and_whole(entry: dict) -> None:
    model = estimator(entry)
    rows = torch.rand(1, 17, 192)
    target = SimCCTarget(rows / rows.sum(-1, keepdim=True), torch.ones(1, 17, 256) / 256, torch.ones(1, 17))
    mirrored = model._mirrored(target)
    swapped = target.x[:, list(model.skeleton.flip_indices)]
    assert torch.allclose(mirrored.x.sum(-1), torch.ones(1, 17), atol=1e-5)
    inner = mirrored.x[..., :191] / mirrored.x[..., :191].sum(-1, keepdim=True)
    expected = swapped[..., :191].flip(-1)
    assert torch.allclose(inner, expected / expected.sum(-1, keepdim=True), atol=1e-5)
