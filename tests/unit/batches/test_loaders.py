"""What loaders hand over: the numbers of MMEngine's lists, in a few tensors and so in few open files."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.models import PoseDataPreprocessor
from torch.utils.data import Dataset

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules
from tests.builders import samples
from unipose.batches import loaders
from unipose.batches.loaders import build_loader, sample_loader, stack_samples
from unipose.batches.sample_batch import SampleBatch
from unipose.datasets.photometric_preprocessor import PhotometricPreprocessor

STATISTICS = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True)


class People(Dataset):
    """Samples as they come with stored targets, without reading anything."""

    def __len__(self) -> int:
        return 9 * 256

    def __getitem__(self, index: int) -> dict:
        [sample] = samples(1)
        labels = sample.gt_instance_labels
        for name, keypoints in (('target_coco', 17), ('target_mpii', 16)):
            labels.set_field(torch.full((1, keypoints, 92), index % 256, dtype=torch.uint8), name)
        labels.set_field(torch.tensor([[5.0, 20.0, -20.0, 2.0, 1.0, 8.0, 9.0]]), 'photometric')
        image = torch.randint(0, 256, (12, 10, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(index))
        return dict(inputs=image.permute(2, 0, 1), data_samples=sample)


@pytest.fixture
def few_open_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def open_files(process: int | str = 'self') -> int:
    return len(os.listdir(f'/proc/{process}/fd'))


def test_images_are_stacked_as_they_lie_in_memory() -> None:
    people = People()
    listed = [people[index] for index in range(4)]
    inputs = stack_samples(listed)['inputs']
    assert torch.equal(inputs, torch.stack([sample['inputs'] for sample in listed]))
    assert inputs.permute(0, 2, 3, 1).is_contiguous()  # [H, W, C], as cameras and OpenCV have it
    theirs = PackPoseInputs()(dict(img=listed[0]['inputs'].permute(1, 2, 0).numpy()))
    assert stack_samples([theirs, theirs])['inputs'].is_contiguous()


@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('options', [STATISTICS, {}])
@pytest.mark.parametrize('kind', [PoseDataPreprocessor, PhotometricPreprocessor])
def test_models_get_the_same_numbers_as_from_lists(kind: type, options: dict, training: bool) -> None:
    people = People()
    listed = [people[index] for index in range(4)]
    expected, found = (
        kind(**options)(collate(listed), training=training) for collate in (pseudo_collate, stack_samples)
    )
    assert torch.equal(found['inputs'], expected['inputs'])
    assert isinstance(found['data_samples'], SampleBatch)
    for sample, theirs in zip(found['data_samples'], expected['data_samples'], strict=True):
        assert sample.batch_input_shape == theirs.batch_input_shape == (12, 10)
        for key, value in theirs.gt_instance_labels.items():
            assert torch.equal(sample.gt_instance_labels.get(key), value), key


def test_whole_pictures_of_several_sizes_are_padded_by_mmpose_and_refused_by_ours() -> None:
    people = People()
    small, large = people[0], people[1]
    large['inputs'] = torch.zeros(3, 20, 30, dtype=torch.uint8)
    batch = stack_samples([small, large])
    assert PoseDataPreprocessor()(batch)['inputs'].shape == (2, 3, 20, 30)
    with pytest.raises(ValueError, match=r'images of one size. Got: \[\(3, 12, 10\), \(3, 20, 30\)\]; crop them'):
        PhotometricPreprocessor()(stack_samples([small, large]))


@pytest.mark.skipif(not Path('/proc/self/fd').is_dir(), reason='open files are counted in /proc')
def test_workers_hand_over_few_open_files(few_open_files: None) -> None:
    """The same with MMEngine's pseudo_collate ends in `received 0 items of ancdata`, or holds a thousand files."""
    before = open_files()
    batches = iter(sample_loader(People(), batch_size=256, num_workers=4))
    held = [next(batches) for _ in range(8)]
    counts = [open_files() - before, *(open_files(worker.pid) for worker in batches._workers)]
    assert max(counts) < 200, counts
    assert [len(batch['data_samples']) for batch in held] == [256] * 8
    assert held[3]['data_samples'].labels('target_coco')[:, 0, 0].tolist() == list(range(256))


def test_as_many_files_may_be_open_as_in_training(few_open_files: None) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    sample_loader(People())
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == (4096 if hard == resource.RLIM_INFINITY else min(4096, hard))


def test_batches_are_pinned_where_there_is_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    config = dict(dataset=People(), batch_size=2, sampler=[0, 1])
    for there in (True, False):
        monkeypatch.setattr(loaders, 'is_cuda_available', lambda there=there: there)
        assert sample_loader(People()).pin_memory is build_loader(config).pin_memory is there
    monkeypatch.setattr(loaders, 'is_cuda_available', lambda: True)
    assert not build_loader(dict(config, pin_memory=False)).pin_memory
    loader = build_loader(config)
    assert build_loader(loader) is loader
