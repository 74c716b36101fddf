"""COCO's annotations, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .annotated_set import AnnotatedPerson, AnnotatedSet, Picture, numbers, where
from .keypoint_names import check_names

_IMAGE_KEYS = ('id', 'file_name', 'width', 'height')
_ID = int | str
_KINDS = dict(id=_ID, image_id=_ID, category_id=_ID, file_name=str)
_PERSON = 1  # COCO's category, where a file names none


def read_coco_file(
    content: Mapping[str, Any],
    folder: Path,
    into: AnnotatedSet,
    category: str = 'person',
    boxes: Sequence[Any] | None = None,
) -> None:
    """Reads images and people into a set, and notes what is wrong with their entries.

    Args:
        content: Of the file: ``images``, ``annotations``, ``categories``.
        folder: Of the images.
        into: The set; without a skeleton only boxes are read.
        category: Of people, where only boxes are read.
        boxes: Detection results that take the place of ``annotations``.
    """
    pictures = _read_pictures(content['images'], folder, into)
    categories = _read_categories(content.get('categories') or [], into)
    person = {entry.get('name'): entry.get('id') for entry in categories}.get(category, _PERSON)
    if into.skeleton is not None:
        check_names(categories, into)
    seen: set[Any] = set()
    for number, entry in enumerate(content.get('annotations') or [] if boxes is None else boxes):
        lacks = _lacks(entry, ('image_id', 'category_id', *(['id'] if into.skeleton is not None else [])))
        if lacks:
            into.tell('broken-entry', f'entry {number} of annotations', lacks)
            continue
        identity, image = entry.get('id', number), entry['image_id']
        if identity in seen:
            into.tell('repeated-id', f'annotation {identity}', f'entry {number} of annotations repeats the id')
        seen.add(identity)
        if image not in pictures:
            into.tell('orphan-annotation', f'annotation {identity}', f'is of image {image!r}, which is not listed')
        elif pictures[image] is not None:
            _read_person(entry, identity, pictures[image], person, into)


def _read_pictures(entries: Sequence[Any], folder: Path, into: AnnotatedSet) -> dict[Any, Picture | None]:
    """Images by id; None where the entry is broken, which is told here."""
    pictures: dict[Any, Picture | None] = {}
    for number, entry in enumerate(entries):
        lacks = _lacks(entry, _IMAGE_KEYS)
        if lacks:
            into.tell('broken-entry', f'entry {number} of images', lacks)
            identity = entry.get('id') if isinstance(entry, Mapping) else None
            pictures.update({identity: None} if isinstance(identity, _ID) else {})
            continue
        if entry['id'] in pictures:
            into.tell('repeated-id', f'image {entry["id"]}', f'{entry["file_name"]} repeats the id of another entry')
            continue
        picture = Picture(entry['id'], folder / str(entry['file_name']), (entry['width'], entry['height']))
        pictures[entry['id']] = picture
        into.pictures.append(picture)
    return pictures


def _read_categories(entries: Any, into: AnnotatedSet) -> list[Mapping[str, Any]]:
    found = []
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries]):
        if isinstance(entry, Mapping) and isinstance(entry.get('keypoints') or [], list):
            found.append(entry)
        else:
            into.tell('broken-entry', f'entry {number} of categories', f'is no category of COCO: {entry!s:.60}')
    return found


def _lacks(entry: Any, keys: Sequence[str]) -> str:
    if not isinstance(entry, Mapping):
        return f'is no mapping: {entry!s:.60}'
    missing = [key for key in keys if entry.get(key) is None]
    sizes = [entry[key] for key in ('width', 'height') if key in keys and key not in missing]
    if not missing and not all(isinstance(size, int | float) and size > 0 for size in sizes):
        return f'has width and height {sizes}, which must be numbers above 0'
    wrong = [key for key, kind in _KINDS.items() if key in keys and not isinstance(entry.get(key), kind)]
    if not missing and wrong:
        return f'has {", ".join(f"{key} {entry[key]!s:.40}" for key in wrong)}, of another kind than COCO has'
    return f'lacks {", ".join(missing)}' if missing else ''


def _read_person(entry: Mapping[str, Any], identity: Any, picture: Picture, person: Any, into: AnnotatedSet) -> None:
    place = where(identity, picture)
    if entry.get('iscrowd') or (into.skeleton is None and entry['category_id'] != person):
        into.tell('left-out', place, 'a crowd' if entry.get('iscrowd') else f'category {entry["category_id"]}')
        return
    keypoints = np.zeros((0, 3)) if into.skeleton is None else _keypoints(entry, place, into)
    if into.skeleton is not None and keypoints is not None and not (keypoints[:, 2] > 0).any():
        into.tell('left-out', place, 'without labelled keypoints')
        return
    picture.has_people = True
    if keypoints is None:
        return
    box = numbers(entry.get('bbox'))
    if box is not None and box.shape == (4,) and not np.isfinite(box).all():
        into.tell('not-a-number', place, f'box {entry["bbox"]}')
    elif box is None or box.shape != (4,) or (box[2:] <= 0).any():
        into.tell('box-empty', place, f'box {entry.get("bbox")}')
    else:
        corners = np.concatenate([box[:2], box[:2] + box[2:]])
        into.people.append(AnnotatedPerson(identity, picture, corners, keypoints[:, :2], keypoints[:, 2]))


def _keypoints(entry: Mapping[str, Any], place: str, into: AnnotatedSet) -> np.ndarray | None:
    """Keypoints ``[K, 3]``; None where they are wrong, which is told here."""
    wanted = 3 * len(into.skeleton)
    flat = numbers(entry.get('keypoints') or [0] * wanted)
    if flat is None or flat.shape != (wanted,):
        given = f'{"x".join(map(str, flat.shape))} numbers' if flat is not None else f'{entry["keypoints"]!s:.60}'
        if not any(finding.kind == 'keypoint-names' for finding in into.findings):  # which explains it
            into.tell('keypoint-count', place, f'{given}, not {wanted} ({len(into.skeleton)} keypoints)')
        return None
    keypoints = flat.reshape(-1, 3)
    labels = dict(zip(into.skeleton.names, keypoints))
    wrong = [f'{name} {label.tolist()}' for name, label in labels.items() if not np.isfinite(label).all()]
    if wrong:
        into.tell('not-a-number', place, ', '.join(wrong))
        return None
    wrong = [f'{name} v = {label[2]:g}' for name, label in labels.items() if label[2] not in (0, 1, 2)]
    if wrong:
        into.tell('visibility', place, ', '.join(wrong))
    said, labelled = entry.get('num_keypoints'), int((keypoints[:, 2] > 0).sum())
    if said is not None and said != labelled:
        into.tell('num-keypoints', place, f'num_keypoints is {said}, {labelled} are labelled')
    return keypoints
