"""Entries of annotation files that are none, and what is tolerated."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from unipose.commands.check.annotated_set import AnnotatedSet
from unipose.commands.check.coco_file import read_coco_boxes, read_coco_file
from unipose.commands.check.mpii_file import read_mpii_file
from unipose.commands.check.people import check_people
from unipose.skeletons import Skeleton
from unipose.skeletons.skeleton import Keypoint

SKELETON = Skeleton('three', tuple(Keypoint(name, 0.1) for name in ('head', 'neck', 'pelvis')))
LABELS = [20, 20, 2, 20, 30, 1, 20, 60, 2]


def content(*people: object, **image: object) -> dict:
    listed = dict(dict(id=1, file_name='a.jpg', width=100, height=80), **image)
    annotations = [
        dict(
            dict(id=number, image_id=1, category_id=1, keypoints=LABELS, bbox=[10, 10, 40 + number, 60], area=999),
            **person,
        )
        if isinstance(person, dict)
        else person
        for number, person in enumerate(people)
    ]
    return dict(images=[listed], annotations=annotations, categories=[dict(id=1, name='person')])


def read(content: dict) -> AnnotatedSet:
    into = AnnotatedSet('train', SKELETON)
    with TemporaryDirectory() as folder:
        (Path(folder) / 'a.json').write_text(json.dumps(content))
        read_coco_file(Path(folder) / 'a.json', Path('images'), into)
    check_people(into)
    return into


def kinds(*people: object, **image: object) -> list[str]:
    return [finding.kind for finding in read(content(*people, **image)).findings if finding.kind != 'nobody']


@pytest.mark.parametrize(
    ('person', 'kind'),
    [
        (5, 'broken-entry'),
        (dict(category_id=None), 'broken-entry'),
        (dict(keypoints='abc'), 'keypoint-count'),
        (dict(keypoints=[[20, 20, 2], [20, 30, 2], [20, 60, 2]]), 'keypoint-count'),
        (dict(keypoints=['a'] * 9), 'not-a-number'),
        (dict(keypoints=[None, *LABELS[1:]]), 'not-a-number'),
        (dict(keypoints=[]), 'left-out'),
        (dict(keypoints=[20, 20, 0] * 3), 'left-out'),
        (dict(iscrowd=1, bbox=None), 'left-out'),
        (dict(bbox=None), 'box-empty'),
        (dict(bbox=[1, 2, 3]), 'box-empty'),
        (dict(bbox=['a', 'b', 'c', 'd']), 'box-empty'),
        (dict(num_keypoints=0), 'num-keypoints'),
        (dict(keypoints=[*LABELS[:8], -1]), 'visibility'),
    ],
)
def test_an_entry(person: object, kind: str) -> None:
    assert kinds(person) == [kind]


def test_images_that_are_none() -> None:
    assert kinds(dict(), width=0) == ['broken-entry']
    assert kinds(dict(), height='80') == ['broken-entry']
    assert kinds(dict(), file_name=[]) == ['broken-entry']
    assert kinds(id=[1]) == ['broken-entry']


def test_ids_and_categories_that_are_none() -> None:
    for key in ('id', 'image_id', 'category_id'):
        assert kinds({key: [1]}) == ['broken-entry']
    for categories in (7, ['no mapping'], [dict(id=1, name='person', keypoints=3)]):
        assert [finding.kind for finding in read(content(dict()) | dict(categories=categories)).findings] == [
            'broken-entry'
        ]


def test_what_is_tolerated() -> None:
    slack = 2 + 0.05 * 60
    beyond = dict(bbox=[-slack, 10, 60 - 1, 60])
    outside = dict(keypoints=[-slack, 20, 2, *LABELS[3:]])
    off = dict(bbox=[30, 10, 40, 20])  # the pelvis is 30 px below, half of the longer side is 20
    near = dict(bbox=[30, 10, 40, 31])
    for person, found in (
        (beyond, []),
        (dict(bbox=[-slack - 0.5, 10, 60, 60]), ['box-beyond']),
        (outside, []),
        (dict(keypoints=[-slack - 0.5, 20, 2, *LABELS[3:]]), ['keypoint-outside']),
        (off, ['keypoint-off-box']),
        (near, []),
        (dict(keypoints=[-500, 20, 0, *LABELS[3:]]), []),  # not labelled
    ):
        assert kinds(person) == found, person


def test_people_beside_each_other_are_no_copies() -> None:
    assert kinds(dict(), dict(keypoints=[21, 20, 2, *LABELS[3:]])) == []
    assert kinds(dict(), dict()) == ['person-twice']
    few = [0, 0, 0, *LABELS[3:]]  # two keypoints may lie in the same places by chance
    assert kinds(dict(keypoints=few), dict(keypoints=few)) == []


def test_boxes_of_detections_have_no_ids(tmp_path: Path) -> None:
    boxes = [dict(image_id=1, category_id=1, bbox=[1, 1, 9, 9], score=1), dict(image_id=2, category_id=1, score=1)]
    (tmp_path / 'a.json').write_text(json.dumps(content()))
    (tmp_path / 'boxes.json').write_text(json.dumps(boxes))
    found = AnnotatedSet('train', None)
    read_coco_boxes(tmp_path / 'a.json', Path('images'), found, tmp_path / 'boxes.json')
    assert [finding.kind for finding in found.findings] == ['detections']  # is of an image that is not listed
    assert len(found.people) == 1


def test_names_are_compared_without_case_and_signs() -> None:
    named = content(dict())
    named['categories'][0]['keypoints'] = ['Head', 'neck', 'PELVIS']
    assert read(named).findings == []
    named['categories'][0]['keypoints'] = ['head', 'neck']
    (found,) = read(named).findings
    assert found.what == ("2 keypoints, 3 in skeleton 'three'; not in the skeleton: none; not in the file: pelvis")


@pytest.mark.parametrize(
    ('entry', 'said'),
    [
        (5, 'is no mapping: 5'),
        (dict(joints=7), 'has joints 7, which must be a list'),
        (dict(scale='2'), "has scale '2', which must be a number"),
    ],
)
def test_a_broken_entry_of_mpii(tmp_path: Path, entry: object, said: str) -> None:
    whole = dict(image='1.jpg', center=[5, 5], scale=1, joints=[[1, 1]] * 3, joints_vis=[1, 1, 1])
    into = AnnotatedSet('train', SKELETON)
    file = tmp_path / 'people.json'
    file.write_text(json.dumps([dict(whole, **entry) if isinstance(entry, dict) else entry, whole]))
    read_mpii_file(file, Path('images'), into)
    assert [(finding.kind, finding.what) for finding in into.findings] == [('broken-entry', said)]
    assert into.people[0].keypoints.tolist() == [[0, 0]] * 3  # from 1 on disk
    assert into.people[0].box.tolist() == [-96, -81, 104, 119]
