import pytest
import torch
from mmengine.model import BaseDataPreprocessor
from mmpose.models import PoseDataPreprocessor
from mmpose.structures import PoseDataSample
from torch import Tensor

from unipose.teachers.pixels import PixelFormat
from unipose.teachers.renormalisation import Renormalisation

IMAGENET = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
OTHER = dict(mean=[100.0, 90.0, 80.0], std=[50.0, 60.0, 70.0])


def pixels(preprocessor: PoseDataPreprocessor) -> PixelFormat:
    return PixelFormat.of_preprocessor(preprocessor, 'it')


def normalised(preprocessor: PoseDataPreprocessor, image: Tensor) -> Tensor:
    data = dict(inputs=[image], data_samples=[PoseDataSample()])
    return preprocessor(data)['inputs']


@pytest.mark.parametrize('student', [dict(IMAGENET, bgr_to_rgb=True), dict(IMAGENET), dict(bgr_to_rgb=True)])
@pytest.mark.parametrize(
    'teacher',
    [
        dict(IMAGENET, bgr_to_rgb=True),
        dict(OTHER, bgr_to_rgb=True),
        dict(OTHER),
        dict(bgr_to_rgb=True),
        dict(),
        dict(mean=[127.5], std=[127.5]),
    ],
)
def test_the_teacher_gets_what_its_own_preprocessor_would_make(student: dict, teacher: dict) -> None:
    image = torch.randint(0, 256, (3, 5, 4), dtype=torch.uint8)  # as it is loaded: BGR, grey levels
    student, teacher = PoseDataPreprocessor(**student), PoseDataPreprocessor(**teacher)
    got = Renormalisation(pixels(student), pixels(teacher))(normalised(student, image))
    assert torch.allclose(got, normalised(teacher, image), atol=1e-3)


def test_the_same_normalisation_leaves_images_alone() -> None:
    images = torch.randn(1, 3, 5, 4)
    same = pixels(PoseDataPreprocessor(**IMAGENET))
    assert Renormalisation(same, same)(images) is images


def test_a_model_that_does_not_say_what_it_takes_is_refused() -> None:
    for who in ("teacher 'mpii'", 'the student'):
        with pytest.raises(ValueError, match=f'{who} has a BaseDataPreprocessor.*PoseDataPreprocessor'):
            PixelFormat.of_preprocessor(BaseDataPreprocessor(), who)
