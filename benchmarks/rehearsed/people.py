"""Annotations of as many people as COCO and MPII have, in few pictures."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed.setting import PEOPLE
from unipose.commands.full_run.people import KNOWN
from unipose.datasets.synthetic import generate_coco, generate_mpii

# MPII's usual picture
_MPII = dataclasses.replace(PEOPLE, image_size=(1280, 720), person_height=(300.0, 600.0))
_FILES = dict(coco='person_keypoints_train2017.json', mpii='mpii_train.json')
COCO, MPII = (KNOWN[file] for file in _FILES.values())
# what COCO's file has for each of its people with keypoints
_IMAGES, _ANNOTATIONS = 118_287 / COCO, 262_465 / COCO


@dataclass(frozen=True)
class People:
    """Annotation files whose people are those of few pictures, again and again.

    Args:
        folder: Of pictures and annotations.
        distinct: People of each source that are in pictures; the source's person i is person ``i % distinct``.
        numbers: People of each source that are annotated.
    """

    folder: Path
    distinct: Mapping[str, int]
    numbers: Mapping[str, int]

    def pictures(self, source: str) -> Path:
        """The folder of a source's pictures."""
        return self.folder / 'pictures' / source

    def annotations(self, source: str, repeated: bool = True) -> Path:
        """A source's annotation file: of all people, or of each that is in a picture."""
        number = (self.numbers if repeated else self.distinct)[source]
        return self.folder / f'{number}_people' / _FILES[source]


def make_people(folder: Path, number: int, pictures: int, unit: int) -> People:
    """Writes pictures and annotations, unless they are there.

    Args:
        folder: Where to.
        number: People of both sources together, shared out as in COCO and MPII.
        pictures: Of COCO's kind; there are half as many of MPII's kind.
        unit: Numbers of people are multiples of this, rounded down, so that files of as many people repeat as well.

    Raises:
        ValueError: If there are too few people for that.
    """
    generate_coco(folder / 'pictures/coco', {'train2017': pictures}, 0, PEOPLE, progress=True)
    generate_mpii(folder / 'pictures/mpii', {'train': -(-pictures // 2)}, 1, _MPII, progress=True)
    found = {
        source: json.loads((folder / f'pictures/{source}/annotations/{file}').read_text())
        for source, file in _FILES.items()
    }
    coco = found['coco']
    coco['annotations'] = [row for row in coco['annotations'] if row['num_keypoints']]
    in_pictures = dict(coco=len(coco['annotations']), mpii=len(found['mpii']))
    distinct = {source: count // unit * unit for source, count in in_pictures.items()}
    wanted = {source: number * share // (COCO + MPII) // unit * unit for source, share in zip(_FILES, (COCO, MPII))}
    if not all((*distinct.values(), *wanted.values())):
        raise ValueError(
            f'there must be at least {unit} people of each source (--unit), annotated and in pictures; give more '
            f'--people or --pictures. Got, in multiples of it: {wanted}, in pictures {distinct}'
        )
    people = People(folder, distinct, wanted)
    for repeated in (False, True):
        for source, write in (('coco', _repeated_coco), ('mpii', _repeated_mpii)):
            file, numbers = people.annotations(source, repeated), wanted if repeated else distinct
            if not file.is_file():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(write(found[source], distinct[source], numbers[source])))
    return people


def _repeated_mpii(entries: Sequence[Mapping[str, Any]], distinct: int, number: int) -> list[Mapping[str, Any]]:
    return list(itertools.islice(itertools.cycle(entries[:distinct]), number))


def _repeated_coco(content: Mapping[str, Any], distinct: int, number: int) -> dict[str, Any]:
    """COCO's file also has people without keypoints, and images without people."""
    pictures = {image['id']: image for image in content['images']}
    people = itertools.islice(itertools.cycle(_persons(content['annotations'][:distinct])), number)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for person, begins in people:
        if begins:
            images.append(dict(pictures[person['image_id']], id=len(images) + 1))
        annotations.append(dict(person, image_id=len(images), id=len(annotations) + 1))
    unlabelled = dict(num_keypoints=0, keypoints=[0] * len(annotations[0]['keypoints']))
    for row in annotations[: round(number * _ANNOTATIONS) - number]:
        annotations.append(dict(row, **unlabelled, id=len(annotations) + 1))
    empty = range(len(images) + 1, round(number * _IMAGES) + 1)
    images += [dict(content['images'][index % len(pictures)], id=index) for index in empty]
    return dict(content, images=images, annotations=annotations)


def _persons(annotations: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Each person, and whether a picture begins with it."""
    for before, row in itertools.pairwise([None, *annotations]):
        yield row, before is None or before['image_id'] != row['image_id']
