import numpy as np
import torch

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules
from unipose.datasets.transforms import PackPeople


def packed(visible: np.ndarray, boxes: list, **more: object) -> object:
    count = len(visible)
    results = dict(
        img=np.zeros((128, 128, 3), np.uint8),
        source='coco',
        keypoints=np.arange(count * 6, dtype=np.float32).reshape(count, 3, 2),
        keypoints_visible=visible.astype(np.float32),
        bbox=np.array(boxes, np.float32).reshape(-1, 4),
        area=np.full(count, 50.0, np.float32),
        annotated=np.array([1, 1, 0], np.float32),
        **more,
    )
    return PackPeople().transform(results)['data_samples']


def test_who_shows_nothing_that_is_annotated_or_is_tiny_is_left_out() -> None:
    visible = np.array([[1, 0, 0], [0, 0, 1], [1, 1, 1], [0, 0.5, 1]])
    boxes = [[0, 0, 20, 40], [0, 0, 20, 40], [0, 0, 7, 40], [5, 5, 13, 13]]
    crops = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1) * np.ones((4, 3, 2, 2), np.uint8)
    labels = packed(visible, boxes, crops=crops, crop_heights=np.arange(4.0), others=1).gt_instance_labels
    assert labels.crops[:, 0, 0, 0].tolist() == [0, 3] and labels.crop_heights.tolist() == [0, 3]
    assert labels.bboxes.tolist() == [[0, 0, 20, 40], [5, 5, 13, 13]] and labels.labels.tolist() == [0, 0]
    assert torch.equal(labels.keypoints_visible, torch.tensor([[1.0, 0, 0], [0, 0.5, 0]]))
    assert torch.equal(labels.keypoints_visible_weights, torch.tensor([[1.0, 1, 0]] * 2))


def test_a_picture_without_people_is_packed() -> None:
    sample = packed(
        np.zeros((0, 3)),
        [],
        heatmap_mask=np.ones((1, 128, 128), np.float32),
        field_mapping_table=dict(heatmap_mask='heatmap_mask'),
    )
    assert len(sample.gt_instance_labels) == 0 and sample.gt_instance_labels.keypoints.shape == (0, 3, 2)
    assert sample.gt_fields.heatmap_mask.shape == (1, 128, 128)
