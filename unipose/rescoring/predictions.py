"""A student's predictions of annotated people, with their true OKS, in one file."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unipose.checkpoints.locate import locate_file
from unipose.files import write_file
from unipose.people.person_score import person_score

_OF_ALL = ('names', 'links', 'flip_indices', 'found')
_REMEDY = 'write it again with `unipose rescore collect`'


@dataclass(frozen=True)
class Predictions:
    """What a student predicted of annotated people, and how good it was.

    Args:
        names: Names of the student's keypoints, ``[K]``.
        links: Indices of linked keypoints, ``[L, 2]``.
        flip_indices: Index of each keypoint's mirror image, ``[K]``.
        keypoints: ``[N, K, 2]``, image pixels, xy.
        scores: ``[N, K]``.
        bbox: The box that each person was looked for or found in, ``[N, 4]``, x1, y1, x2, y2, image pixels.
        bbox_score: ``[N]``; of people who were found in whole pictures, how sure the model is of them.
        known: Whether the person's dataset has the keypoint, annotated in this person or not, ``[N, K]``.
        image: Id of the image, within its source, ``[N]``.
        source: Name of the source, ``[N]``.
        oks: True OKS, ``[N]``.
        found: Whether people were found in whole pictures, not looked for in boxes.
    """

    names: np.ndarray
    links: np.ndarray
    flip_indices: np.ndarray
    keypoints: np.ndarray
    scores: np.ndarray
    bbox: np.ndarray
    bbox_score: np.ndarray
    known: np.ndarray
    image: np.ndarray
    source: np.ndarray
    oks: np.ndarray
    found: bool = False

    def __len__(self) -> int:
        return len(self.oks)

    def of(self, people: np.ndarray) -> Predictions:
        """Some of the people.

        Args:
            people: Indices, or a mask ``[N]``.
        """
        names = (field.name for field in dataclasses.fields(self))
        arrays = {name: getattr(self, name)[people] for name in names if name not in _OF_ALL}
        return dataclasses.replace(self, **arrays)

    def mirrored(self) -> Predictions:
        """The same people, each mirrored within its box."""
        keypoints = self.keypoints[:, self.flip_indices].copy()
        keypoints[..., 0] = (self.bbox[:, 0] + self.bbox[:, 2])[:, None] - keypoints[..., 0]
        by_keypoint = {name: getattr(self, name)[:, self.flip_indices] for name in ('scores', 'known')}
        return dataclasses.replace(self, keypoints=keypoints, **by_keypoint)

    def mean_scores(self) -> np.ndarray:
        """The scores that people have without a rescorer, ``[N]``: of the keypoints that their datasets have."""
        if self.found:
            return self.bbox_score
        return person_score(self.scores, self.bbox_score, self.known)

    def held_out(self, share: float = 0.2, seed: int = 0) -> np.ndarray:
        """Draws images to hold out, and everybody in them.

        Args:
            share: Of the images.
            seed: Of the draw.

        Returns:
            Mask of people, ``[N]``.

        Raises:
            ValueError: If there are fewer than two images.
        """
        keys = [f'{source}/{image}' for source, image in zip(self.source, self.image)]
        images, number = np.unique(keys, return_inverse=True)
        if len(images) < 2:
            raise ValueError(
                f'a rescorer is fitted on some images and measured on others. Got: {len(self)} people in '
                f'{len(images)} images; collect a source with more'
            )
        drawn = np.random.default_rng(seed).permutation(len(images))[: max(1, round(share * len(images)))]
        return np.isin(number, drawn)

    def save(self, path: str | Path) -> None:
        """Writes an ``.npz`` file, in one step.

        Raises:
            OSError: If it cannot be written there.
        """
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **vars(self))
        write_file(path, buffer.getvalue())

    @classmethod
    def load(cls, path: str | Path) -> Predictions:
        """Reads what :meth:`save` wrote.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is no such file, or nobody is in it.
        """
        path = locate_file(path, 'file of predictions')
        try:
            with np.load(path, allow_pickle=False) as content:
                of_all = dict(found=bool(content.get('found', False)))  # which earlier versions did not write
                names = (field.name for field in dataclasses.fields(cls) if field.name not in of_all)
                found = cls(**of_all, **{name: content[name] for name in names})
        except (ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
            raise ValueError(f'{path} is no file of predictions ({str(error).splitlines()[0]}); {_REMEDY}') from error
        if not len(found):
            raise ValueError(f'{path} has no people in it; {_REMEDY} from a source with annotated keypoints')
        return found
