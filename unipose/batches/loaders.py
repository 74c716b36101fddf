"""Loaders of samples: batches are stacked where samples are made, and lie where a GPU can fetch them."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.device import is_cuda_available
from mmengine.registry import FUNCTIONS
from mmengine.runner import Runner
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from unipose.batches.sample_batch import SampleBatch

_OPEN_FILES = 4096  # what MMEngine's runner allows


def build_loader(config: DataLoader | Mapping[str, Any], seed: int | None = None, **options: Any) -> DataLoader:
    """What MMEngine's runner builds of a dataloader's config, with batches where a GPU can fetch them.

    Args:
        config: The config; a loader is taken as it is.
        seed: Of sampler and workers.
        **options: Others of :meth:`mmengine.runner.Runner.build_dataloader`.
    """
    _allow_open_files()
    if not isinstance(config, DataLoader):
        config = dict(pin_memory=is_cuda_available()) | dict(config)
    return Runner.build_dataloader(config, seed, **options)


def sample_loader(dataset: Dataset, **options: Any) -> DataLoader:
    """A loader of stacked batches for work that has no config of its own.

    Args:
        dataset: Packed samples.
        **options: Those of a DataLoader.
    """
    _allow_open_files()
    return DataLoader(dataset, **dict(collate_fn=stack_samples, pin_memory=is_cuda_available()) | options)


@FUNCTIONS.register_module()
def stack_samples(samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Collates packed samples into a few tensors: what a loader hands from process to process is counted by these.

    Args:
        samples: ``inputs`` and ``data_samples`` of each, as PackUnifiedInputs and MMPose's PackPoseInputs give them.

    Returns:
        ``inputs`` ``[B, C, H, W]`` and ``data_samples``, a :class:`SampleBatch`. Images of several sizes, and samples
        whose labels differ in shape, stay lists, which MMPose pads and takes as well.
    """
    return dict(
        inputs=_stacked([sample['inputs'] for sample in samples]),
        data_samples=SampleBatch.of([sample['data_samples'] for sample in samples]),
    )


def _stacked(images: list[Tensor]) -> Tensor | list[Tensor]:
    if len({(image.dtype, image.shape) for image in images}) > 1:
        return images
    if images[0].ndim == 3 and images[0].stride(0) == 1:  # a view of [H, W, C]: rows of pixels stay what they are
        return default_collate([image.permute(1, 2, 0) for image in images]).permute(0, 3, 1, 2)
    return default_collate(images)


def _allow_open_files() -> None:
    """Lets this process and its workers open as many files as in training, where the system does."""
    if platform.system() == 'Windows':
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
