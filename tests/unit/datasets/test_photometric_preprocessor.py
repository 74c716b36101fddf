"""Pixels changed in batches are those that MMDetection and MMPose change one by one."""

import numpy as np
import pytest
import torch
from mmdet.datasets.transforms import YOLOXHSVRandomAug
from mmengine.structures import InstanceData
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.structures import PoseDataSample

from unipose.datasets.photometric_preprocessor import PhotometricPreprocessor, change_hsv, change_hsv_8bit

STATISTICS = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True)
GAINS = [(0, 0, 0), (5, 0, 0), (-5, 0, 0), (0, 30, 0), (0, -30, 0), (0, 0, 30), (0, 0, -30), (-3, 17, -22)]


def pictures(count: int = 2) -> np.ndarray:
    """Smooth colours of all hues, ``[count, 48, 64, 3]``, uint8, BGR."""
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.uniform(0, 255, (count, 3, 6, 8)))
    smooth = torch.nn.functional.interpolate(coarse, size=(48, 64), mode='bicubic').clamp(0, 255)
    return smooth.permute(0, 2, 3, 1).byte().numpy()


def batch(plans: list | None = None) -> dict:
    images = pictures()
    samples = [PoseDataSample() for _ in images]
    for sample, plan in zip(samples, plans or []):
        sample.gt_instance_labels = InstanceData(photometric=torch.tensor([plan], dtype=torch.float32))
    return dict(inputs=[torch.from_numpy(image).permute(2, 0, 1) for image in images], data_samples=samples)


@pytest.mark.parametrize('gains', GAINS)
def test_colours_are_yoloxs(gains: tuple) -> None:
    theirs = YOLOXHSVRandomAug()
    theirs._get_hsv_gains = lambda: np.array(gains, np.int16)
    for image in pictures():
        expected = theirs.transform(dict(img=image.copy()))['img'].astype(int)
        one = change_hsv_8bit(image, *gains).astype(int)
        many = change_hsv(torch.from_numpy(image).permute(2, 0, 1)[None].float(), torch.tensor([gains]).float())
        assert np.abs(one - expected).mean() < 1
        assert np.abs(many[0].permute(1, 2, 0).numpy() - expected).mean() < 2


def test_a_batch_is_changed_sample_by_sample() -> None:
    images = torch.from_numpy(pictures()).permute(0, 3, 1, 2).float()
    gains = torch.tensor([[3.0, -10.0, 20.0], [0.0, 0.0, 0.0]])
    together = change_hsv(images, gains)
    assert torch.equal(together[:1], change_hsv(images[:1], gains[:1]))
    assert torch.allclose(together[1], images[1], atol=1e-3)


def test_without_plans_it_is_mmposes_preprocessor() -> None:
    ours, theirs = PhotometricPreprocessor(**STATISTICS), PoseDataPreprocessor(**STATISTICS)
    for training in (False, True):
        found, expected = ours(batch(), training), theirs(batch(), training)
        assert torch.allclose(found['inputs'], expected['inputs'], atol=1e-6)
        assert found['data_samples'][0].metainfo == expected['data_samples'][0].metainfo
    assert found['inputs'].is_contiguous(memory_format=torch.channels_last)


def test_plans_are_for_training_only() -> None:
    plans = [[5, 20, -20, 10, 5, 30, 25]] * 2
    preprocessor = PhotometricPreprocessor(**STATISTICS)
    plain, changed = preprocessor(batch(plans), False)['inputs'], preprocessor(batch(plans), True)['inputs']
    assert torch.equal(plain, preprocessor(batch(), False)['inputs'])
    hole = changed[..., 5:25, 10:30]
    mean, std = (torch.tensor(STATISTICS[name]).view(3, 1, 1) for name in ('mean', 'std'))
    assert torch.allclose(hole, (-mean / std).expand_as(hole))
    assert not torch.allclose(changed[..., 30:, :], plain[..., 30:, :], atol=0.1)


def test_both_ways_of_computing_agree() -> None:
    plans = torch.tensor([[5, 20, -20, 10, 5, 30, 25], [0, 0, 0, 0, 0, 0, 0]]).float()
    preprocessor = PhotometricPreprocessor(**STATISTICS)
    images = batch()['inputs']
    difference = preprocessor.one_by_one(images, plans) - preprocessor.together(images, plans)
    assert difference.abs().mean() * 57 < 1  # grey levels


def test_a_stacked_batch_is_taken_too() -> None:
    listed = batch()
    stacked = dict(inputs=torch.stack(listed['inputs']), data_samples=listed['data_samples'])
    preprocessor = PhotometricPreprocessor(**STATISTICS)
    assert torch.equal(preprocessor(stacked)['inputs'], preprocessor(listed)['inputs'])
