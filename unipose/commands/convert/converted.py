"""People in COCO's format, and what of another tool's file is not among them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unipose.files import write_file


@dataclass(frozen=True)
class Converted:
    """People of a file.

    Args:
        content: COCO's ``images``, ``annotations`` and ``categories``.
        images: The folder that names of images are relative to.
        left_out: How often something could not be converted, by what it is.
        notes: What is to be known of the people.
    """

    content: Mapping[str, Any]
    images: Path
    left_out: Counter[str]
    notes: Sequence[str]

    def write(self, path: str | Path) -> None:
        """Writes the content in one step.

        Raises:
            OSError: If it cannot be written there.
        """
        write_file(path, (json.dumps(self.content, allow_nan=False) + '\n').encode())

    def to_text(self, out: str | Path, skeleton: str) -> str:
        """What was converted and what was not, and how to train on it.

        Args:
            out: The file that it was written to.
            skeleton: The keypoints, as a config names them.
        """
        people = self.content['annotations']
        labelled = sum(person['num_keypoints'] for person in people)
        empty = len(self.content['images']) - len({person['image_id'] for person in people})
        lines = [
            f'{len(people)} people in {len(self.content["images"])} images ({empty} without people), '
            f'{labelled} keypoints labelled: {out}',
            *(f'left out: {count} {what}' for what, count in self.left_out.items()),
            *self.notes,
            '',
            '# in the config of a student',
            f"mine = dict(type='CocoDataset', ann_file={str(out)!r}, data_prefix=dict(img={f'{self.images}/'!r}))",
            f'train_dataloader = dict(dataset=dict(sources=dict(mine=dict(skeleton={skeleton!r}, dataset=mine))))',
        ]
        return '\n'.join(lines)
