from typing import Any

import numpy as np
import torch
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.structures import PoseDataSample

from unipose.datasets.transforms import PackUnifiedInputs


def sample(**changes: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return dict(
        img=rng.integers(0, 255, (8, 6, 3), dtype=np.uint8),
        id=7,
        img_id=3,
        img_path='a.jpg',
        img_shape=(8, 6),
        flip_indices=[1, 0],
        bbox=np.array([[0, 1, 4, 6]], np.float32),
        bbox_score=np.ones(1, np.float32),
        keypoints=rng.random((1, 2, 2), np.float32),
        keypoints_visible=np.ones((1, 2), np.float32),
        keypoint_labels=rng.random((1, 2, 2), np.float32),
        keypoint_weights=np.ones((1, 2), np.float32),
    ) | dict(**changes)


def contents(found: PoseDataSample) -> dict[str, Any]:
    fields = {f'{name}.{key}': value for name, part in found.items() for key, value in part.items()}
    return fields | dict(found.metainfo_items())


def assert_as_mmpose(given: dict[str, Any]) -> dict[str, Any]:
    packed = PackUnifiedInputs()
    ours = packed.transform(dict(given))
    theirs = PackPoseInputs(meta_keys=packed.meta_keys).transform(dict(given))
    assert torch.equal(ours['inputs'], theirs['inputs'])
    found, expected = (contents(one['data_samples']) for one in (ours, theirs))
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert type(found[key]) is type(value) and np.array_equal(found[key], value), key
    return found


def test_a_sample_is_packed_as_mmpose_packs_it() -> None:
    found = assert_as_mmpose(sample())
    assert found['gt_instance_labels.keypoint_labels'].shape == (1, 2, 2) and found['id'] == 7


def test_heatmaps_and_labels_of_several_encoders_are_too() -> None:
    weights = [np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32)]
    labels = [np.zeros((1, 2, 2), np.float32)] * 2
    heatmaps = np.ones((2, 4, 3), np.float32)
    found = assert_as_mmpose(sample(heatmaps=heatmaps, keypoint_weights=weights, keypoint_labels=labels))
    assert found['gt_fields.heatmaps'].shape == (2, 4, 3)
    assert found['gt_instance_labels.keypoint_weights'].tolist() == [[[0, 0]], [[1, 1]]]


def test_labels_go_by_the_names_that_an_encoder_gives_them() -> None:
    found = assert_as_mmpose(sample(x=np.ones((1, 2), np.float32), label_mapping_table=dict(x='keypoint_x_labels')))
    assert 'gt_instance_labels.keypoint_x_labels' in found and 'gt_instance_labels.keypoint_labels' not in found


def test_what_unipose_adds_goes_into_the_labels() -> None:
    box, plan = np.ones((1, 3, 2), np.float32), np.arange(7, dtype=np.float32)
    given = sample(person_box=box, photometric=plan, teacher_targets=dict(coco=np.zeros((17, 92), np.uint8)))
    labels = PackUnifiedInputs().transform(given)['data_samples'].gt_instance_labels
    assert torch.equal(labels.person_box, torch.ones(1, 3, 2))
    assert labels.photometric.tolist() == [[0, 1, 2, 3, 4, 5, 6]]
    assert labels.target_coco.shape == (1, 17, 92) and labels.target_coco.dtype == torch.uint8


def test_the_image_is_not_copied() -> None:
    given = sample()
    image = given['img']
    packed = PackUnifiedInputs().transform(given)['inputs']
    assert packed.shape == (3, 8, 6) and packed.data_ptr() == image.ctypes.data
