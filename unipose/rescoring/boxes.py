"""Boxes in which a student predicts: of annotated people, and of background."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from torch.utils.data import Dataset

from unipose.files.read_image_size import read_image_size
from unipose.skeletons.oks_area import oks_area

_TRIES = 20
_TOUCHED = 0.1  # share of a background box, or of a person's, that may lie in the other


class PersonBox(NamedTuple):
    """A person of a dataset by its index, and a box ``[4]`` to predict it in; ``background``: it is not there."""

    index: int
    xyxy: np.ndarray
    background: bool = False


class People(Dataset):
    """People of a UnifiedKeypointDataset in test mode, in the boxes of :class:`PersonBox`.

    Args:
        dataset: The dataset; all its sources have keypoints.
        seed: Seed of boxes.
    """

    def __init__(self, dataset: Any, seed: int = 0) -> None:
        self.dataset = dataset
        self.rng = np.random.default_rng(seed)
        self.skeleton = dataset.skeleton
        self.sources = {source.name: source for source in dataset.sources}

    def boxes(self, jitter: float = 0.0, per_person: int = 1, background: int = 0) -> list[PersonBox]:
        """Draws boxes of people, then of background; see :func:`unipose.commands.rescore.collect_predictions`."""
        samples = [self.dataset.get_data_info(index) for index in range(len(self.dataset))]
        boxes = np.concatenate([sample['bbox'] for sample in samples])  # [P, 4]
        sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
        drawn = []
        for _ in range(per_person):
            moved = boxes + sides * self.rng.normal(0.0, jitter, boxes.shape).clip(-0.4, 0.4)
            drawn += map(PersonBox, range(len(boxes)), moved.astype(np.float32))
        images: dict[str, list[int]] = {}
        for index, sample in enumerate(samples if background else []):
            images.setdefault(sample['img_path'], []).append(index)
        for path, indices in images.items():
            size = read_image_size(path)
            for index in np.repeat(indices, background):
                box = _empty_box(size, sides[index, :2], boxes[indices], self.rng)
                drawn += [] if box is None else [PersonBox(int(index), box, background=True)]
        return drawn

    def __getitem__(self, box: PersonBox) -> dict[str, Any]:
        """What the dataset's pipeline makes of a box."""
        return self.dataset.pipeline(dict(self.dataset.get_data_info(box.index), bbox=box.xyxy[None]))

    def truth(self, index: int) -> dict[str, Any]:
        """What is known of a person: its keypoints ``[1, K, 2]``, which are ``annotated`` ``[1, K]``, and its area."""
        sample = self.dataset.get_data_info(index)
        source = self.sources[sample['source']]
        known = np.zeros(len(self.skeleton), bool)
        known[list(source.keypoint_map.dst_indices)] = True
        return dict(
            keypoints=sample['keypoints'],
            annotated=sample['keypoints_visible'],
            area=oks_area(sample['bbox'][0], np.asarray(sample['area']).item(), source.padding),
            known=known,
            image=sample['img_id'],
            source=source.name,
        )


def _empty_box(
    image_size: tuple[int, int], sides: np.ndarray, people: np.ndarray, rng: np.random.Generator
) -> np.ndarray | None:
    """A box about as large as a person's with nobody in it, ``[4]``; None where there seems to be no room."""
    for _ in range(_TRIES):
        size = np.minimum(sides * rng.uniform(0.5, 1.5), image_size)
        corner = rng.uniform(0, 1, 2) * (image_size - size)
        shared = (np.minimum(corner + size, people[:, 2:]) - np.maximum(corner, people[:, :2])).clip(0).prod(1)
        if (shared <= _TOUCHED * np.minimum(size.prod(), (people[:, 2:] - people[:, :2]).prod(1))).all():
            return np.concatenate([corner, corner + size]).astype(np.float32)
    return None
