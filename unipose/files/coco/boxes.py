"""Boxes of people in COCO's format, annotated or detected: what an entry means, for all that read them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unipose.files.json_file import read_json
from unipose.files.remark import Remark

from .broken_entry import broken_entry
from .categories import read_categories
from .ids import Ids, is_id
from .images import NOT_LISTED, Images
from .people_reader import CROWD, numbers
from .read_lists import described, read_lists
from .told import AnnotationError

_PERSON = 1  # COCO's category
_NO_SIZE, _OUTSIDE, _NOT_LISTED = 'of no size', 'outside its image', 'of an image that is not listed'


@dataclass(frozen=True)
class CocoBoxes:
    """Boxes of people, N of them.

    Args:
        images: The images that are listed.
        ids: Of each box; where it has none, its number in the file.
        places: Of each box's image in the list, ``[N]``.
        categories: Of each.
        boxes: x1, y1, x2, y2, pixels, ``[N, 4]``.
        scores: ``[N]``; NaN where there is none.
        has_people: Places of images with a box of somebody, also if it is wrong.
        entries: Boxes that the file has.
        remarks: What is wrong, odd and left out; where a fault is among them, nobody may go by the rest.
    """

    images: Images
    ids: Ids
    places: np.ndarray
    categories: list[int | str]
    boxes: np.ndarray
    scores: np.ndarray
    has_people: frozenset[int]
    entries: int
    remarks: list[Remark]

    def __len__(self) -> int:
        return len(self.places)

    @property
    def corners(self) -> np.ndarray:
        """The boxes within their images, as MMPose clips annotated ones, ``[N, 4]``."""
        last = self.images.sizes[self.places][:, None] - 1
        return np.clip(self.boxes.reshape(-1, 2, 2), 0, last).reshape(-1, 4)


def read_boxes(
    file: str | Path, folder: str | Path, bbox_file: str | Path | None = None, category: str | None = None
) -> CocoBoxes:
    """Reads boxes of people.

    Crowds, other categories and boxes of no size are left out; of detections those outside images and of images that
    the annotation file does not list, too.

    Args:
        file: Annotations; with ``bbox_file``, they say no more than which images there are.
        folder: Of the images.
        bbox_file: Detection results.
        category: Name of people's category; None takes those with keypoints, or the only one. In a file without
            categories it is COCO's 1.

    Raises:
        FileNotFoundError: If a file is missing.
        AnnotationError: If a file is none in COCO's format, or has no such category.
    """
    remarks: list[Remark] = []
    images = Images(str(folder), lambda *remark: remarks.append(Remark(*remark)))
    entries: list[Any] = []
    take = dict(images=images.add) | ({} if bbox_file else dict(annotations=entries.append))
    content = read_lists(file, take)
    if bbox_file:
        entries = _read_results(Path(bbox_file))
    images.find()
    listed = read_categories(content.get('categories'), images.tell)
    reader = _Reader(images, _people_of(listed, category, file), is_detected=bool(bbox_file))
    for number, entry in enumerate(entries):
        reader.add(number, entry)
    if not reader.places and not any(remark.kind != 'left-out' for remark in remarks):
        why = ', '.join(f'{count} {what}' for what, count in reader.left_out.items()) or 'none'
        images.tell('nobody', f'{len(entries)} boxes of {len(images)} images', why)
    elif reader.left_out.keys() & {_OUTSIDE, _NOT_LISTED}:
        said = [f'{count} {what}' for what, count in reader.left_out.items() if what in (_OUTSIDE, _NOT_LISTED)]
        images.tell('detections', f'of {len(entries)} boxes', ', '.join(said))
    return CocoBoxes(
        images=images,
        ids=reader.ids,
        places=np.array(reader.places),
        categories=reader.categories,
        boxes=np.array(reader.boxes).reshape(-1, 4),
        scores=np.array(reader.scores),
        has_people=frozenset(reader.has_people),
        entries=len(entries),
        remarks=remarks,
    )


class _Reader:
    """Takes entries once all images are known."""

    def __init__(self, images: Images, people: set[int | str], is_detected: bool) -> None:
        self.images, self.people, self.is_detected = images, people, is_detected
        self.list = 'boxes' if is_detected else 'annotations'
        self.ids, self.categories = Ids(), []
        self.places, self.boxes, self.scores = array('q'), array('d'), array('d')
        self.left_out: dict[str, int] = {}
        self.seen: set[int | str] = set()
        self.has_people: set[int] = set()

    def add(self, number: int, entry: Any) -> None:
        """Reads an entry."""
        tell, wrong = self.images.tell, _broken(entry, self.is_detected)
        if wrong:
            tell('broken-entry', f'entry {number} of {self.list}', wrong)
            return
        identity, image = entry.get('id', number), self.images.number(entry['image_id'])
        place = self.images.place(image)
        if 'id' in entry and identity in self.seen:
            tell('repeated-id', f'annotation {identity}', 'repeats the id of another annotation')
        self.seen.add(identity)
        if place == NOT_LISTED:
            if self.is_detected:
                self._leave_out(_NOT_LISTED)
            else:
                tell('orphan-annotation', f'annotation {identity}', self.images.orphan(image))
        if place < 0:
            return
        where = f'annotation {identity} of {self.images.name(place)}'
        if entry.get('iscrowd') or entry['category_id'] not in self.people:
            self._leave_out(CROWD if entry.get('iscrowd') else f'of category {entry["category_id"]!r:.40}', where)
            return
        self.has_people.add(place)
        box = numbers('d', entry.get('bbox'))
        if box is None or len(box) != 4 or min(box[2:]) < 0:
            tell('box-empty', where, f'box {entry.get("bbox")!s:.60}')
        elif not all(map(math.isfinite, box)):
            tell('not-a-number', where, f'box {list(box)}')
        elif not self._is_inside(box, place):
            if self.is_detected:
                self._leave_out(_OUTSIDE, where)
            else:
                size = 'x'.join(f'{side:g}' for side in self.images.size(place))
                tell('box-outside', where, f'box {list(box)} (x, y, width, height), image {size}')
        elif self._is_empty(box, place):
            self._leave_out(_NO_SIZE, where)
        else:
            self._keep(entry, identity, place, box)

    def _is_inside(self, box: array, place: int) -> bool:
        left, top, width, height = box
        across, down = self.images.size(place)
        return left + width >= 0 and top + height >= 0 and left <= across and top <= down

    def _is_empty(self, box: array, place: int) -> bool:
        """Whether nothing of it is left between the first and the last pixel; COCO has boxes without height."""
        left, top, width, height = box
        across, down = self.images.size(place)
        return not (min(left + width, across - 1) > max(left, 0) and min(top + height, down - 1) > max(top, 0))

    def _keep(self, entry: Mapping[str, Any], identity: int | str, place: int, box: array) -> None:
        left, top, width, height = box
        self.ids.append(identity)
        self.places.append(place)
        self.categories.append(entry['category_id'])
        self.boxes.extend((left, top, left + width, top + height))
        self.scores.append(entry.get('score', math.nan))

    def _leave_out(self, why: str, where: str = '') -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1
        if where:
            self.images.tell('left-out', where, why)


def _broken(entry: Any, is_detected: bool) -> str:
    ids = ('image_id', 'category_id', *(['id'] if isinstance(entry, dict) and 'id' in entry else []))
    wrong = broken_entry(entry, ids, ['score'] if is_detected else [])
    if wrong:
        return wrong
    score = entry.get('score', 0)
    is_number = type(score) in (int, float) and math.isfinite(score)
    return '' if is_number else f'has score {score!r:.40}, which must be a number'


def _people_of(listed: Mapping[int | str, Mapping[str, Any]], category: str | None, file: str | Path) -> set[int | str]:
    """Ids of the categories that people are in."""
    if category is None:
        people = {identity for identity, entry in listed.items() if entry.get('keypoints')}
        people = people or {identity for identity, entry in listed.items() if entry.get('name') == 'person'}
        people = people or set(listed if len(listed) == 1 else ())
        return people if _PERSON in listed else people | {_PERSON}  # as detectors call them
    named = {entry.get('name'): identity for identity, entry in listed.items() if is_id(entry.get('name'))}
    if listed and category not in named:
        raise AnnotationError(f'{file} has no category {category!r}; set category to one of {list(named)}')
    return {named.get(category, _PERSON)}


def _read_results(file: Path) -> list[Any]:
    try:
        content = read_json(file)
    except ValueError as error:
        raise AnnotationError(str(error)) from error
    if not isinstance(content, list):
        raise AnnotationError(
            f"{file} must be COCO's detection results, a list of boxes with image_id, category_id, bbox and score. "
            f'Got: {described(content)}'
        )
    return content
