"""A batch of stacked samples is, to whoever reads it, the list of its samples."""

import pickle

import numpy as np
import pytest
import torch
from mmengine.structures import BaseDataElement, InstanceData, PixelData
from mmpose.structures import MultilevelPixelData, PoseDataSample

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules
from tests.builders import samples
from unipose.batches.sample_batch import SampleBatch, labels_of, metainfo_of


def with_heatmaps(count: int = 3) -> list[PoseDataSample]:
    found = samples(count, sources=('coco', 'mpii'))
    for index, sample in enumerate(found):
        sample.gt_fields = PixelData(heatmaps=torch.full((2, 4, 3), float(index)))
    return found


def assert_same(one: BaseDataElement, other: BaseDataElement) -> None:
    assert type(one) is type(other)
    assert set(one.keys()) == set(other.keys()) and set(one.metainfo_keys()) == set(other.metainfo_keys())
    for (key, value), expected in ((item, other.get(item[0])) for item in one.all_items()):
        if isinstance(value, BaseDataElement):
            assert_same(value, expected)
        else:
            assert type(value) is type(expected) and np.array_equal(value, expected), key


@pytest.mark.parametrize('travel', [lambda batch: batch, lambda batch: pickle.loads(pickle.dumps(batch))])
def test_it_gives_the_samples_that_it_was_made_of(travel) -> None:
    original = with_heatmaps()
    batch = travel(SampleBatch.of(original))
    assert len(batch) == 3 and len(batch[1:]) == 2
    for sample, expected in zip(batch, original, strict=True):
        assert_same(sample, expected)
    assert_same(batch[-1], original[-1])
    assert list(batch)[0] is batch[0]  # what is written into a sample stays


def test_its_tensors_are_one_for_each_name() -> None:
    batch = SampleBatch.of(with_heatmaps())
    assert batch.gt_instance_labels.keypoint_labels.shape == (3, 1, 21, 2)
    assert batch.gt_fields.heatmaps.shape == (3, 2, 4, 3)
    labels = batch[2].gt_instance_labels.keypoint_labels
    assert labels.untyped_storage().data_ptr() == batch.gt_instance_labels.keypoint_labels.untyped_storage().data_ptr()


def test_the_samples_stay_as_they_are() -> None:
    original, untouched = with_heatmaps(), with_heatmaps()
    batch = SampleBatch.of(original)
    batch[0].pred_instances = InstanceData(keypoints=np.zeros((1, 21, 2)))
    batch.set_metainfo(dict(pad_shape=(8, 8)))
    for sample, expected in zip(original, untouched, strict=True):
        assert_same(sample, expected)


@pytest.mark.parametrize('read', [lambda batch: None, lambda batch: batch[0]], ids=['unread', 'read'])
def test_it_moves_in_one_go(read) -> None:
    batch = SampleBatch.of(with_heatmaps())
    read(batch)
    batch.set_metainfo(dict(pad_shape=(8, 8)))
    moved = batch.to('meta', non_blocking=True)
    assert len(moved) == 3 and moved[1].source == 'mpii' and moved[1].pad_shape == (8, 8)
    assert moved.labels('keypoint_labels').is_meta and moved[1].gt_fields.heatmaps.is_meta
    assert not batch[1].gt_fields.heatmaps.is_meta and batch[1].pad_shape == (8, 8)


def test_it_is_pinned_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    pinned = []
    monkeypatch.setattr(torch.Tensor, 'pin_memory', lambda tensor: pinned.append(tensor.shape) or tensor.clone())
    batch = SampleBatch.of(with_heatmaps())
    for sample, expected in zip(batch.pin_memory(), batch, strict=True):
        assert_same(sample, expected)
    assert sorted(pinned) == [(3, 1, 21), (3, 1, 21, 2), (3, 2, 4, 3)]


def test_a_list_is_asked_as_a_batch_is() -> None:
    listed = with_heatmaps()
    batch = SampleBatch.of(listed)
    for key in ('keypoint_labels', 'keypoint_weights'):
        assert torch.equal(labels_of(listed, key), labels_of(batch, key))
        assert labels_of(batch, key).shape[:2] == (3, 21)
    for form in (listed, batch):
        assert labels_of(form, 'seen_box') is None
        assert metainfo_of(form, 'source') == ['coco', 'mpii', 'coco']
        assert metainfo_of(form, 'skipped') == [None] * 3
    bare = [PoseDataSample(), PoseDataSample()]
    assert [labels_of(form, 'seen_box') for form in ([], bare, SampleBatch.of(bare))] == [None] * 3


def two_people() -> InstanceData:
    return InstanceData(keypoint_labels=torch.zeros(2, 21, 2), keypoint_weights=torch.zeros(2, 21))


@pytest.mark.parametrize(
    'change',
    [
        lambda sample: setattr(sample, 'gt_instance_labels', two_people()),
        lambda sample: sample.gt_instance_labels.set_field(torch.zeros(1, 92), 'target_coco'),
        lambda sample: sample.gt_instance_labels.set_field(['a'], 'names'),
        lambda sample: sample.set_field(torch.zeros(1), 'loose'),
        lambda sample: setattr(sample, 'gt_fields', MultilevelPixelData(heatmaps=[torch.zeros(1, 2, 2)])),
    ],
)
def test_samples_that_are_not_alike_stay_a_list(change) -> None:
    listed = samples(2)
    change(listed[1])
    assert SampleBatch.of(listed) is listed
