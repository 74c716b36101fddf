"""Each teacher sees what its own MMPose pipeline would show it, to a grey level, on real and on synthetic people."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.registry import DATASETS

from unipose.teachers.entry import window_of_entry
from unipose.visualization.canvas_samples import CanvasSamples

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIG = REPOSITORY / 'configs' / 'distill_small.py'
FIRST_PIXEL = dict(coco=0, mpii=1)  # MMPose leaves MPII's joints where the first pixel is 1


@pytest.fixture(params=['synthetic', pytest.param('real_data', marks=pytest.mark.real)])
def data(request) -> Path:
    """A folder with coco/ and mpii/."""
    return request.getfixturevalue(request.param)


def options(data):
    """Where the sources are, as --cfg-options."""
    return {f'train_dataloader.dataset.sources.{name}.dataset.data_root': str(data / name) for name in FIRST_PIXEL}


@pytest.fixture
def config(data):
    config = Config.fromfile(CONFIG)
    config.merge_from_dict(options(data))
    return config


@pytest.mark.filterwarnings('ignore:Use the existing "bbox_center"')  # MMPose, of every MPII sample
@pytest.mark.parametrize('name', ['coco', 'mpii'])
def test_a_teachers_window_is_the_crop_of_its_own_pipeline(config, name):
    entry = config.model.teachers[name]
    pipeline = Config.fromfile(REPOSITORY / entry.config).val_pipeline[:-1]  # not packed
    source = config.train_dataloader.dataset.sources[name].dataset
    its_own = DATASETS.build(dict(source, pipeline=pipeline))

    samples = CanvasSamples(config.train_dataloader.dataset)
    window = window_of_entry(entry, samples.student_window)
    first = samples.dataset.first_indices[[source.name for source in samples.dataset.sources].index(name)]
    names = samples.dataset.sources[0 if name == 'coco' else 1].keypoint_map.dst_indices
    offset = np.subtract(samples.canvas.offset(samples.student_window), samples.canvas.offset(window))
    for index in range(min(len(its_own), 12)):
        sample, expected = samples[int(first) + index], its_own[index]
        seen = samples.canvas.extract(torch.from_numpy(sample.image).permute(2, 0, 1)[None].float(), window)[0]
        assert tuple(seen.shape[1:]) == expected['img'].shape[:2]
        difference = np.abs(seen.permute(1, 2, 0).numpy() - expected['img'])
        # OpenCV 4 rounds places to 1/32 pixel, which shows at a few pixels on sharp edges
        assert difference.mean() < 0.05 and (difference > 1).mean() < 5e-3 and difference.max() <= 8

        # the labels are on the same pixels, but for MMPose's image pixel of MPII
        pixel = FIRST_PIXEL[name] * np.divide(expected['input_size'], expected['input_scale'])
        labels = expected['transformed_keypoints'][0] - pixel
        visible = sample.visible[list(names)] > 0
        assert visible.any()
        np.testing.assert_allclose((sample.keypoints[list(names)] + offset)[visible], labels[visible], atol=2e-3)


def test_the_tool_draws_them(data, tmp_path, run_tool):
    given = ['--cfg-options', *(f'{key}={value}' for key, value in options(data).items())]
    done = run_tool('browse_dataset.py', CONFIG, '--out', tmp_path / 'out', '--num', 2, *given)
    assert done.code == 0, done.err
    assert f'2 of coco, 2 of mpii: {tmp_path / "out"}' in done.out
    pictures = sorted((tmp_path / 'out').iterdir())
    assert [picture.name for picture in pictures] == ['coco_0.png', 'coco_1.png', 'mpii_0.png', 'mpii_1.png']
    # canvas, student, two teachers and labels at twice their sizes, with a gap around each; 21 lines of distributions
    assert {cv2.imread(str(picture)).shape[1] for picture in pictures} == {2 * (256 + 4 * 192 + 64) + 21 * 4 + 6 * 12}
