"""Ground truth as pycocotools takes it, of an annotation file as :mod:`unipose.files.coco` reads it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unipose.compat.oks_evaluation import COCO
from unipose.files.coco import read_people, refuse_faults
from unipose.skeletons import Skeleton

_PERSON = 1
_LARGEST = 2**53  # whole number that floats tell from the next


class CocoTruth:
    """People to be found.

    pycocotools writes down which annotation a prediction matches and takes 0 for none, so annotations are numbered
    anew; images where their ids are no numbers. All people are of one category: what a student predicts has none.

    Args:
        images: Ids of images.
        people: Of each annotation COCO's keypoints, bbox, area and iscrowd; its image's id; and its own.
        category: The category's number.

    Attributes:
        coco: What pycocotools evaluates against.
        ids: Of its annotations, what the file calls them.
    """

    def __init__(
        self, images: Sequence[int | str], people: Iterable[Mapping[str, Any]], category: int = _PERSON
    ) -> None:
        keep = all(type(identity) is int and abs(identity) < _LARGEST for identity in images)
        self.category = category
        self._images = {identity: identity if keep else number for number, identity in enumerate(images, start=1)}
        self._texts: dict[str, int] = {}
        self.ids: list[int | str] = []
        annotations = []
        for number, person in enumerate(people, start=1):
            if isinstance(person['id'], str):
                self._texts[person['id']] = -number
            self.ids.append(person['id'])
            image = self._images[person['image_id']]
            annotations.append(dict(person, id=number, image_id=image, category_id=category))
        self.coco = COCO()
        self.coco.dataset = dict(
            images=[dict(id=number) for number in self._images.values()],
            categories=[dict(id=category, name='person')],
            annotations=annotations,
        )
        with contextlib.redirect_stdout(io.StringIO()):  # which tells what it does
            self.coco.createIndex()

    @classmethod
    def read(
        cls,
        file: str | Path,
        skeleton: Skeleton | int,
        name: str | None = None,
        whole: int | None = None,
        scored: Sequence[int] | None = None,
    ) -> CocoTruth:
        """Reads an annotation file.

        Args:
            file: The file.
            skeleton: The keypoints that people have, or their number.
            name: What to call the file, where it is made of another one.
            whole: See :func:`unipose.files.coco.read_people`.
            scored: Which of the keypoints are scored, in this order; None for all.

        Raises:
            FileNotFoundError: If there is no such file.
            AnnotationError: If something in it is wrong; the first few problems of each kind are listed.
        """
        people = read_people(file, '', skeleton, keep_others=True, whole=whole)
        refuse_faults(name or file, people.remarks)
        images = people.images.ids
        keypoints = people.keypoints if scored is None else people.keypoints[:, list(scored)]
        labelled = (
            dict(
                id=people.ids[row],
                image_id=images[people.places[row]],
                bbox=people.boxes[row].tolist(),
                area=float(people.areas[row]),
                iscrowd=0,
                keypoints=keypoints[row].ravel().tolist(),
            )
            for row in range(len(people))
        )
        others = (
            dict(other, id=0, image_id=images[other['place']], keypoints=_kept(other['keypoints'], scored))
            for other in people.others
        )
        numbers = [category for category in people.categories if type(category) is int]
        return cls(list(images), [*labelled, *others], numbers[0] if numbers else _PERSON)

    def image(self, identity: int | str) -> int | None:
        """The number of an image; None where it is not in the file."""
        return self._images.get(identity)

    def person(self, identity: int | str) -> int | None:
        """A number by which people are told apart, ids that are numbers; None for a text that is not in the file."""
        return self._texts.get(identity) if isinstance(identity, str) else identity


def _kept(keypoints: list[float], scored: Sequence[int] | None) -> list[float]:
    return keypoints if scored is None else np.reshape(keypoints, (-1, 3))[list(scored)].ravel().tolist()
