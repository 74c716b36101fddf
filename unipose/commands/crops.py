"""Cuts the people of a training config out of their images, as far as augmentation may show of them."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config
from mmengine.dist import barrier, get_dist_info
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from torch.utils.data import DataLoader, Dataset

from unipose.checkpoints.model_kinds import refuse_pictures
from unipose.commands.train.stages import crops_fingerprint, reach_of
from unipose.console.progress import ProgressBar
from unipose.datasets.crop_region import Reach
from unipose.datasets.crop_store import FORMATS, Crop, CropStore
from unipose.datasets.transforms import LoadCheckedImage
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.files import DamagedImageError
from unipose.files.read_config import read_config


def prepare_crops(
    config: str | Path | Config,
    out: str | Path,
    encoding: str = 'raw',
    max_height: int = 512,
    shard_size: int = 256,
    num_workers: int | None = None,
) -> CropStore:
    """Writes a crop of each training sample; what is there already is not written again.

    Several processes share the work, each writing its own files.

    Args:
        config: Training config.
        out: Folder.
        encoding: ``'raw'`` (large, nothing to decode) or ``'jpeg'``.
        max_height: A person whose box is higher, pixels, is stored at that height.
        shard_size: Crops per file; at most these are lost when the work is stopped.
        num_workers: Processes; by default as in training.

    Raises:
        ValueError: If an argument will not do, or the folder holds other crops.
        FileNotFoundError: If a file is missing.
    """
    if encoding not in FORMATS or max_height < 1 or shard_size < 1:
        raise ValueError(
            f'encoding must be one of {FORMATS}, max_height and shard_size at least 1. '
            f'Got: {encoding!r}, {max_height}, {shard_size}'
        )
    config = read_config(config)
    refuse_pictures(config, 'it reads them as they are, and crops are of people one by one')
    init_default_scope(config.get('default_scope', 'mmpose'))
    loader = config.train_dataloader
    dataset = DATASETS.build(dict(loader.dataset, pipeline=[]))
    reach = reach_of(config)
    rank, world_size = get_dist_info()
    with CropStore.filling(out):
        if rank == 0:
            CropStore.create(
                out,
                fingerprint=crops_fingerprint(config, dataset),
                max_height=max_height,
                num_samples=len(dataset),
                encoding=encoding,
                shard_size=shard_size,
            ).remove_damaged()
        barrier()
        store = CropStore(out)
        mine = [shard for shard in store.missing() if shard % world_size == rank]
        shards = _Shards(store, dataset, reach, max_height, mine)
        workers = loader.get('num_workers', 0) if num_workers is None else num_workers
        with ProgressBar(total=sum(map(len, map(store.indices, mine))), unit='crop', disable=rank > 0) as progress:
            for done in DataLoader(shards, batch_size=None, num_workers=workers):
                progress.update(done)
        barrier()
    return store


class _Shards(Dataset):
    """Shards that are written when they are asked for."""

    def __init__(
        self, store: CropStore, dataset: UnifiedKeypointDataset, reach: Reach, max_height: int, numbers: list[int]
    ) -> None:
        self.store, self.dataset, self.reach = store, dataset, reach
        self.max_height, self.numbers = max_height, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, place: int) -> int:
        """Writes a shard; returns the number of its crops."""
        indices = self.store.indices(self.numbers[place])
        self.store.write(self.numbers[place], [self._crop(index) for index in indices])
        return len(indices)

    def _crop(self, index: int) -> Crop | DamagedImageError:
        sample = self.dataset.get_data_info(index)
        try:
            image = LoadCheckedImage()(sample)['img']
        except DamagedImageError as error:
            return error
        return Crop.cut(image, self.reach.region(sample), self.max_height / self.reach.box_height(sample))
