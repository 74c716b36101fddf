import numpy as np
import torch

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules
from unipose.datasets.transforms import PackPeople


def packed(count: int, **more: object) -> object:
    results = dict(
        img=np.zeros((128, 128, 3), np.uint8),
        source='coco',
        keypoints=np.arange(count * 6, dtype=np.float32).reshape(count, 3, 2),
        keypoints_visible=np.tile(np.array([1, 0.5, 0], np.float32), (count, 1)),
        bbox=np.tile(np.array([0, 0, 20, 40], np.float32), (count, 1)),
        area=np.full(count, 50.0),
        annotated=np.array([1, 1, 0], np.float32),
        **more,
    )
    return PackPeople().transform(results)['data_samples']


def test_people_are_packed_with_what_teachers_see_of_them() -> None:
    crops = np.arange(2, dtype=np.uint8).reshape(2, 1, 1, 1) * np.ones((2, 3, 2, 2), np.uint8)
    labels = packed(2, crops=crops, crop_heights=np.arange(2.0), others=1).gt_instance_labels
    assert labels.crops.dtype == torch.uint8 and labels.crops[:, 0, 0, 0].tolist() == [0, 1]
    assert labels.bboxes.tolist() == [[0, 0, 20, 40]] * 2 and labels.labels.tolist() == [0, 0]
    assert labels.areas.dtype == torch.float32 and 'others' not in labels
    assert torch.equal(labels.keypoints_visible, torch.tensor([[1.0, 0.5, 0]] * 2))
    assert torch.equal(labels.keypoints_visible_weights, torch.tensor([[1.0, 1, 0]] * 2))


def test_a_picture_without_people_is_packed() -> None:
    mask = dict(heatmap_mask=np.ones((1, 128, 128), np.float32), field_mapping_table=dict(heatmap_mask='heatmap_mask'))
    sample = packed(0, **mask)
    assert len(sample.gt_instance_labels) == 0 and sample.gt_instance_labels.keypoints.shape == (0, 3, 2)
    assert sample.gt_fields.heatmap_mask.shape == (1, 128, 128)
