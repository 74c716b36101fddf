"""Which samples an epoch draws, and which augmented view of each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from mmengine.dist import get_dist_info
from mmpose.registry import DATA_SAMPLERS
from torch.utils.data import Sampler

from .unified_keypoint_dataset import UnifiedKeypointDataset


@DATA_SAMPLERS.register_module()
class ViewSampler(Sampler):
    """Yields ``(index, view)`` for training, each source at its own ratio.

    Each source is an endless stream of passes, every pass a permutation of its samples; an epoch takes the next
    ``ratio * len(source)`` of the stream, and the pass is the view. So every sample of a source is drawn equally
    often whatever the ratio, and never twice in the same view. What an epoch holds depends on ``seed`` and the epoch
    alone; ranks take turns, the last ones repeating the first few so that all have the same number.

    Args:
        dataset: The dataset, whose sources carry the ratios.
        seed: Seed of the order; by default the dataset's. MMEngine gives none with ``diff_rank_seed=True``: ranks take
            turns in one order, which must not differ between them.
    """

    def __init__(self, dataset: UnifiedKeypointDataset, seed: int | None = None) -> None:
        self.dataset = dataset
        self.seed = dataset.seed if seed is None else seed
        self.epoch = 0
        self.rank, self.world_size = get_dist_info()

    def set_epoch(self, epoch: int) -> None:
        """Says which epoch comes next, 0-based; MMEngine's DistSamplerSeedHook calls it."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[tuple[int, int]]:
        drawn = [
            pair for number, _ in enumerate(self.dataset.sources) for pair in self._draw(number, *self._span(number))
        ]
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(drawn))
        padded = np.resize(order, len(self) * self.world_size)
        return (drawn[i] for i in padded[self.rank :: self.world_size])

    def __len__(self) -> int:
        total = sum(end - start for start, end in map(self._span, range(len(self.dataset.sources))))
        return -(-total // self.world_size)

    def _span(self, number: int) -> tuple[int, int]:
        """First and last position in a source's stream that this epoch takes."""
        source = self.dataset.sources[number]
        per_epoch = source.ratio * len(source)
        return round(self.epoch * per_epoch), round((self.epoch + 1) * per_epoch)

    def _draw(self, number: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        size, first = len(self.dataset.sources[number]), int(self.dataset.first_indices[number])
        for view in range(start // size, -(-end // size)):
            order = np.random.default_rng([self.seed, number, view, 1]).permutation(size)
            for i in order[max(start - view * size, 0) : end - view * size]:
                yield first + int(i), view
