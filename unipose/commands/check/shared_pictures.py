"""Images that are in training and in validation: the same file, a copy, or the same picture encoded anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from .annotated_set import AnnotatedSet, Picture
from .pictures import Look

# A picture of COCO that is encoded anew, or at half its size, has up to 4 and 1.5; others have 9 and 5 or more.
_DIFFERENT_BITS = 8  # of 64
_DIFFERENT_GREY = 3.0  # grey levels of the 16x16 pictures, on average
_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)  # that are set in each byte


def check_shared(train: Sequence[AnnotatedSet], val: Sequence[AnnotatedSet], looks: Mapping[Path, Look | str]) -> None:
    """Notes images of val sets that are in a train set too; with no looks, those that are the same file.

    Args:
        train: Sets that one trains on.
        val: Sets that one scores on.
        looks: What the images look like, by path; damaged ones as text.
    """
    learnt = [(one, picture) for one in train for picture in one.pictures if picture.has_people]
    seen = [(*place, look) for place in learnt if isinstance(look := looks.get(place[1].path), Look)]
    by_path = {picture.path.resolve(): (one, picture) for one, picture in learnt}
    by_digest = {look.digest: (one, picture) for one, picture, look in seen}
    alike = _Alike([look for *_, look in seen])
    for one in val:
        for picture in (picture for picture in one.pictures if picture.has_people):
            look, how = looks.get(picture.path), 'the same file'
            same = by_path.get(picture.path.resolve())
            if same is None and isinstance(look, Look):
                same = by_digest.get(look.digest)
                number = alike.find(look) if same is None else None
                if number is not None:
                    same, how = seen[number][:2], 'the same picture, encoded anew'
            if same is not None:
                one.tell('train-and-val', str(picture.path), _said(how, picture, *same))


class _Alike:
    """Finds a look that is the same picture."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self.gradients = np.array([look.gradients for look in looks], np.uint8).reshape(-1, 8)  # [N, 8]
        self.thumbs = np.array([look.thumb for look in looks], np.uint8)  # [N, 16, 16]

    def find(self, look: Look) -> int | None:
        """The number of the nearest, if it is near enough."""
        bits = _BITS[self.gradients ^ look.gradients].sum(axis=1)
        near = np.flatnonzero(bits <= _DIFFERENT_BITS)
        if not len(near):
            return None
        greys = np.abs(self.thumbs[near].astype(np.int16) - look.thumb).mean(axis=(1, 2))
        return int(near[greys.argmin()]) if greys.min() <= _DIFFERENT_GREY else None


def _said(how: str, picture: Picture, other_set: AnnotatedSet, other: Picture) -> str:
    same_id = f', with the same image id {picture.id}' if picture.id == other.id is not None else ''
    return f'{how}: {other.path} of {other_set.name}{same_id}'
