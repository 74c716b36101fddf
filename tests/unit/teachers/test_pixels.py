import pytest
import torch
from mmengine.model import BaseDataPreprocessor
from mmpose.models import PoseDataPreprocessor

from unipose.teachers.pixels import PixelFormat

IMAGENET = dict(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))


def shown(pixels: PixelFormat, level: float) -> list[float]:
    """What a grey level becomes."""
    return [(level - mean) / std for mean, std in zip(pixels.mean, pixels.std, strict=True)]


@pytest.mark.parametrize('ends', [(0, 255), (0, 1), (-1, 1), (-0.5, 0.5), (16, 235), [0.0, 1.0]])
def test_a_range_says_what_black_and_white_become(ends: tuple[float, float]) -> None:
    pixels = PixelFormat.of_entry(dict(range=ends), 'a teacher')
    assert pixels.channels == 'RGB'
    assert shown(pixels, 0) == pytest.approx([ends[0]] * 3) and shown(pixels, 255) == pytest.approx([ends[1]] * 3)


@pytest.mark.parametrize(
    ('said', 'mean', 'std'),
    [
        (dict(range=(0, 255)), 0.0, 1.0),
        (dict(range=(0, 1)), 0.0, 255.0),
        (dict(range=(-1, 1)), 127.5, 127.5),
    ],
)
def test_ranges_that_are_common(said: dict, mean: float, std: float) -> None:
    assert PixelFormat.of_entry(said, 'a teacher') == PixelFormat('RGB', (mean,) * 3, (std,) * 3)


def test_mean_and_std_are_of_grey_levels() -> None:
    found = PixelFormat.of_entry(dict(channels='BGR', **{key: list(value) for key, value in IMAGENET.items()}), 'it')
    assert found == PixelFormat('BGR', **IMAGENET)


@pytest.mark.parametrize('bgr_to_rgb', [True, False])
def test_what_an_entry_says_is_what_a_preprocessor_would_do(bgr_to_rgb: bool) -> None:
    theirs = PixelFormat.of_preprocessor(PoseDataPreprocessor(**IMAGENET, bgr_to_rgb=bgr_to_rgb), 'it')
    ours = PixelFormat.of_entry(dict(IMAGENET, channels='RGB' if bgr_to_rgb else 'BGR'), 'it')
    assert ours.channels == theirs.channels
    assert torch.allclose(torch.tensor([ours.mean, ours.std]), torch.tensor([theirs.mean, theirs.std]))


def test_a_preprocessor_may_have_one_mean_for_all_channels_or_none() -> None:
    one = PixelFormat.of_preprocessor(PoseDataPreprocessor(mean=[127.5], std=[127.5]), 'it')
    assert one == PixelFormat('BGR', (127.5,) * 3, (127.5,) * 3)
    assert PixelFormat.of_preprocessor(PoseDataPreprocessor(bgr_to_rgb=True), 'it') == PixelFormat('RGB')


def test_a_preprocessor_that_does_not_say_is_refused() -> None:
    with pytest.raises(ValueError, match='the student has a BaseDataPreprocessor.*data_preprocessor=dict'):
        PixelFormat.of_preprocessor(BaseDataPreprocessor(), 'the student')


@pytest.mark.parametrize(
    ('said', 'message'),
    [
        ('RGB', 'say how its pixels are.*range=.*Got: .RGB.'),
        (dict(range=(0, 1), order='RGB'), 'say how its pixels are'),
        (dict(mean=[0, 0, 0]), 'say how its pixels are'),
        (dict(std=[1, 1, 1]), 'say how its pixels are'),
        (dict(), 'its pixels have a range, or mean and std'),
        (dict(channels='BGR'), 'its pixels have a range, or mean and std'),
        (dict(range=(0, 1), mean=[0, 0, 0], std=[1, 1, 1]), 'its pixels have a range, or mean and std'),
        (dict(range=1), 'what black and white become.*Got: 1'),
        (dict(range=(0, 1, 2)), 'what black and white become'),
        (dict(range=(1, 0)), r'what black and white become.*Got: \(1, 0\)'),
        (dict(range=(1, 1)), 'what black and white become'),
        (dict(range=('0', '1')), 'what black and white become'),
        (dict(range=(False, True)), 'what black and white become'),
        (dict(range=(0, float('inf'))), 'what black and white become'),
        (dict(range=(0, 1), channels='GRAY'), "(?s)not valid:.*channels must be one of .*Got: 'GRAY'"),
        (dict(mean=[0, 0], std=[1, 1]), '(?s)not valid:.*three numbers each'),
        (dict(mean=[0, 0, 0], std=[1, 0, 1]), '(?s)not valid:.*std above 0'),
        (dict(mean=[0, 0, float('nan')], std=[1, 1, 1]), '(?s)not valid:.*three numbers each'),
        (dict(mean='abc', std=[1, 1, 1]), '(?s)three numbers each'),
        (dict(mean=0.5, std=0.5), 'mean and std are three numbers each.*Got: 0.5 and 0.5'),
        (dict(mean=[0, 0, 0], std=[-1, -1, -1]), '(?s)not valid:.*std above 0'),
        (dict(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]), 'multiply them by 255'),
    ],
)
def test_entries_that_say_something_else(said: object, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        PixelFormat.of_entry(said, "teacher 'net'")
    assert str(caught.value).startswith("teacher 'net': ")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"(?s)channels must be one of.*Got: 'gray'.*mean and std must be three"):
        PixelFormat('gray', (0.0,), (1.0, 1.0, 1.0))
