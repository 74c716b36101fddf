"""Where annotations and images lie in a folder of people, in COCO's format or as Ultralytics has them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Layout(NamedTuple):
    """Files of a split, relative to the folder; ``{split}`` stands for ``train`` and ``val``."""

    ann_file: str
    images: str

    def missing(self, folder: Path) -> list[str]:
        """What is not there yet."""
        parts = [part.format(split=split) for split in ('train', 'val') for part in self]
        return [part for part in parts if not (folder / part).exists()]


LAYOUTS = (
    Layout('{split}.json', '{split}/'),
    Layout('annotations/person_keypoints_{split}2017.json', '{split}2017/'),  # COCO's own
)


YOLO = 'data.yaml'
"""What the folder of an Ultralytics pose dataset has, which says the rest."""


def layout_of(folder: Path) -> Layout:
    """The layout that most is there of; the first one where nothing is."""
    return min(LAYOUTS, key=lambda layout: len(layout.missing(folder)))
