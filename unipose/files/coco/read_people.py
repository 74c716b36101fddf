"""An annotation file, read once, and judged for all that use it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from unipose.skeletons import Skeleton

from .categories import Tell, check_names, read_categories
from .coco_people import CocoPeople
from .images import NOT_LISTED
from .kinds import KINDS
from .labelled import Labelled
from .oddities import Odd, odd_of_areas, odd_of_categories, odd_of_places
from .people_reader import CROWD, NO_SIZE, PeopleReader
from .read_lists import read_lists

_WHOLE = 'all people'


def read_people(
    file: str | Path,
    folder: str | Path,
    skeleton: Skeleton | int,
    keep_others: bool = False,
    notes: bool = False,
    whole: int | None = None,
) -> CocoPeople:
    """Reads an annotation file in COCO's format.

    Args:
        file: The file.
        folder: Of the images.
        skeleton: The keypoints that people have, or their number, with which no names are compared.
        keep_others: Keep crowds and people without labelled keypoints, too.
        notes: Note of each annotation that is left out why.
        whole: A person may have that many keypoints, too, of which those of the skeleton are the first, as in Halpe's
            files; in these ``num_keypoints`` counts nothing.

    Raises:
        FileNotFoundError: If there is no such file.
        AnnotationError: If it is no JSON, or has no lists of images and annotations.
    """
    reader = PeopleReader(skeleton if isinstance(skeleton, int) else len(skeleton), str(folder), keep_others, whole)
    content = read_lists(file, dict(images=reader.images.add, annotations=reader.add_annotation))
    return _judged(reader, content, None if isinstance(skeleton, int) else skeleton, notes)


def _judged(reader: PeopleReader, content: Mapping[str, Any], skeleton: Skeleton | None, notes: bool) -> CocoPeople:
    """What has been read, with all that is to be said of it."""
    images, tell = reader.images, reader.tell
    images.find()
    listed = read_categories(content.get('categories'), tell)
    in_use = [category for identity, category in listed.items() if identity in reader.with_keypoints]
    miscounted = skeleton is not None and check_names(in_use, skeleton, tell)
    places = images.places(np.frombuffer(reader.image_numbers, np.int64))  # of all annotations
    _check_ids(reader, places)
    wrong = [(row, kind, what) for row, kind, what in reader.wrong if places[row] >= 0]
    for row, kind, what in wrong:
        if not (miscounted and kind == 'keypoint-count'):  # which explains it
            tell(kind, reader.where(row), what)
    for row, said, labelled in reader.odd_numbers:
        if places[row] >= 0:
            tell('num-keypoints', reader.where(row), f'num_keypoints is {said!r:.40}, {labelled} are labelled')
    for row, what in reader.no_size:
        if places[row] >= 0:
            tell('box-no-size', reader.where(row), what)
    rows = np.frombuffer(reader.rows, np.int64)
    with np.errstate(all='ignore'):  # of what is no number
        people = Labelled(reader, places[rows], skeleton)
    left_out = _left_out(reader, places, listed, notes)
    kept = np.flatnonzero(people.right)
    kept = kept[np.argsort(places[rows[kept]], kind='stable')]  # image by image
    keypoints = people.keypoints[kept]
    categories = [reader.category(row) for row in rows[kept].tolist()]
    if len(kept):
        _tell_odd(odd_of_places(people.boxes[kept], keypoints, people.sizes[kept]), tell)
        _tell_odd(odd_of_areas(people.boxes[kept], people.areas[kept], people.has_area[kept]), tell)
        _tell_odd(odd_of_categories(categories, listed, int(people.has_area[kept].sum())), tell)
    elif not any(KINDS[remark.kind].level == 'fault' for remark in reader.remarks):
        why = ', '.join(f'{count} {what}' for what, count in left_out.items()) or 'none'
        tell('nobody', f'{reader.entries} annotations of {len(images)} images', why)
    return CocoPeople(
        images=images,
        listed=listed,
        ids=reader.ids.take(rows[kept].tolist()),
        places=places[rows[kept]],
        categories=categories,
        boxes=people.boxes[kept],
        corners=people.corners[kept],
        keypoints=keypoints,
        areas=people.areas[kept],
        others=[
            dict(other, place=int(places[row]))
            for row, other in reader.others.items()
            if places[row] >= 0 and reader.category(row) in reader.with_keypoints
        ],
        has_people=frozenset(places[[*rows.tolist(), *(row for row, *_ in wrong)]].tolist()),
        remarks=reader.remarks,
    )


def _check_ids(reader: PeopleReader, places: np.ndarray) -> None:
    """Tells of ids that occur twice, and of images that are not listed."""
    for row in reader.ids.repeated():
        reader.tell('repeated-id', f'annotation {reader.ids[row]}', 'repeats the id of another annotation')
    for row in np.flatnonzero(places == NOT_LISTED).tolist():
        what = reader.images.orphan(reader.image_numbers[row])
        reader.tell('orphan-annotation', f'annotation {reader.ids[row]}', what)


def _left_out(reader: PeopleReader, places: np.ndarray, listed: Mapping[int | str, Any], notes: bool) -> Counter[str]:
    """How many are left out, by why."""
    counts: Counter[str] = Counter()
    for row, why in reader.left_out:
        category = reader.category(row)
        if places[row] < 0:
            continue
        others = reader.with_keypoints and category not in reader.with_keypoints
        if others and category in listed and why != CROWD:
            why = f'of category {listed[category].get("name")!r}'
        counts[why] += 1
        if notes and why != NO_SIZE:  # which is told already
            reader.tell('left-out', reader.where(row), why)
    return counts


def _tell_odd(odd: Iterator[Odd], tell: Tell) -> None:
    for kind, what in odd:
        tell(kind, _WHOLE, what)
