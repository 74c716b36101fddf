"""Annotation files as other tools write them: what is read and how it scores, and what is refused in the same words."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.annotated import COCO, base, check, score, source, train, write_pictures

Content = dict[str, Any]
Change = Callable[[Content], object]
BOX_AREAS = 'area-of-box'  # as base() has them


@pytest.fixture(scope='module')
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('odd_annotations') / 'images'
    write_pictures(folder)
    return folder


def everybody(**values: Any) -> Change:
    return lambda content: [person.update(copy.deepcopy(values)) for person in content['annotations']]


def fifth(**values: Any) -> Change:
    return lambda content: content['annotations'][4].update(copy.deepcopy(values))


def each(change: Callable[[dict], object], part: str = 'annotations') -> Change:
    return lambda content: [change(entry) for entry in content[part]]


def without(key: str) -> Change:
    return each(lambda person: person.pop(key))


def both(*changes: Change) -> Change:
    return lambda content: [change(content) for change in changes]


def keypoint(*values: Any) -> Change:
    """Another second keypoint of the fifth person."""
    return lambda content: content['annotations'][4]['keypoints'].__setitem__(slice(3, 6), values)


def hidden(person: dict) -> None:
    person['keypoints'][2::3] = [0] * 17


def balls(**values: Any) -> Change:
    """Six balls, annotated with boxes alone."""

    def change(content: Content) -> None:
        content['categories'].append(dict(id=2, name='ball'))
        ball = dict(category_id=2, bbox=[1, 1, 20, 20], area=400, iscrowd=0, **values)
        content['annotations'] += [dict(ball, id=100 + number, image_id=number) for number in range(1, 7)]

    return change


def mannequins(content: Content) -> None:
    content['categories'].append(dict(id=2, name='mannequin', keypoints=list(COCO.published)))
    for person in content['annotations'][:6]:
        person['category_id'] = 2


def file_names(begin: str) -> Change:
    return each(lambda image: image.update(file_name=f'{begin}{image["file_name"]}'), 'images')


def in_shares(whole: float) -> Change:
    """Boxes and keypoints as shares of the picture, of such a whole."""

    def change(person: dict) -> None:
        scale = np.array([whole / 320, whole / 240])
        person['bbox'] = (np.reshape(person['bbox'], (2, 2)) * scale).ravel().tolist()
        keypoints = np.array(person['keypoints'], float).reshape(-1, 3)
        keypoints[:, :2] *= scale
        person.update(keypoints=keypoints.ravel().tolist(), area=person['bbox'][2] * person['bbox'][3])

    return each(change)


def label_studio(content: Content) -> None:
    content['categories'] = [dict(id=0, name='default', keypoints=list(COCO.published))]
    everybody(category_id=0)(content)
    without('area')(content)


ODD: dict[str, tuple[Change, set[str], float]] = {  # what is done, what is suspicious of it, and AP
    'as it is': (lambda content: None, {BOX_AREAS}, 1.0),
    'an id of a tool that writes UUIDs': (fifth(id='9f3c-5-ab'), {BOX_AREAS}, 1.0),
    'all ids such': (each(lambda one: one.update(id=f'9f3c-{one["id"]}-ab')), {BOX_AREAS}, 1.0),
    'ids 0 to 11 as texts': (each(lambda one: one.update(id=str(one['id'] - 1))), {BOX_AREAS}, 1.0),
    'ids from 0': (each(lambda one: one.update(id=one['id'] - 1)), {BOX_AREAS}, 1.0),
    'an id below 0, and one that is huge': (
        both(fifth(id=-1), lambda c: c['annotations'][0].update(id=2**70)),
        {BOX_AREAS},
        1.0,
    ),
    'ids of images as texts': (
        both(
            each(lambda image: image.update(id=str(image['id'])), 'images'),
            each(lambda one: one.update(image_id=str(one['image_id']))),
        ),
        {BOX_AREAS},
        1.0,
    ),
    'ids of categories as texts': (
        both(everybody(category_id='1'), lambda content: content['categories'][0].update(id='1')),
        {BOX_AREAS},
        1.0,
    ),
    'categories that are not listed': (everybody(category_id='1'), {BOX_AREAS, 'categories'}, 1.0),
    'one that is not listed': (fifth(category_id=7), {BOX_AREAS, 'categories'}, 1.0),
    'an area below a pixel': (fifth(area=0.8), {'small-area', BOX_AREAS}, 0.863),
    'an area of little': (fifth(area=30.0), {'small-area', BOX_AREAS}, 0.863),
    'a box without width': (fifth(bbox=[50, 30, 0, 180]), {'box-no-size', BOX_AREAS}, 1.0),
    'a single keypoint, as CVAT writes it': (
        fifth(keypoints=[70, 40, 2] + [0] * 48, bbox=[70, 40, 0, 0], area=0),
        {'box-no-size', BOX_AREAS},
        1.0,
    ),
    'a box of less than a pixel, at the edge': (fifth(bbox=[319.6, 30, 0.4, 180]), {'box-no-size', BOX_AREAS}, 1.0),
    'a box beyond its picture': (fifth(bbox=[50.5, -0.4, 270.2, 240.9]), {BOX_AREAS}, 1.0),
    'no area': (without('area'), {'no-area'}, 1.0),
    'area null': (everybody(area=None), {'no-area'}, 1.0),
    'one without area': (fifth(area=None), {'no-area', BOX_AREAS}, 1.0),
    '0.53 of the box': (everybody(area=0.53 * 36000), set(), 1.0),
    'areas larger than boxes': (everybody(area=360000), {BOX_AREAS}, 1.0),
    'balls': (balls(), {BOX_AREAS}, 1.0),
    'balls with no keypoints': (balls(keypoints=[], num_keypoints=0), {BOX_AREAS}, 1.0),
    'balls with keypoints null': (balls(keypoints=None), {BOX_AREAS}, 1.0),
    'a person with no keypoints': (fifth(keypoints=[]), {BOX_AREAS}, 1.0),
    'a person with keypoints null': (fifth(keypoints=None), {BOX_AREAS}, 1.0),
    'a person without keypoints': (lambda content: content['annotations'][4].pop('keypoints'), {BOX_AREAS}, 1.0),
    'mannequins': (mannequins, {BOX_AREAS, 'categories'}, 1.0),
    'categories from 0': (
        both(everybody(category_id=0), lambda content: content['categories'][0].update(id=0)),
        {BOX_AREAS},
        1.0,
    ),
    'a root category': (
        lambda content: content['categories'].insert(0, dict(id=0, name='people', supercategory='none')),
        {BOX_AREAS},
        1.0,
    ),
    'no categories': (lambda content: content.pop('categories'), {BOX_AREAS}, 1.0),
    'categories null': (lambda content: content.update(categories=None), {BOX_AREAS}, 1.0),
    'an eye called otherwise': (
        lambda content: content['categories'][0]['keypoints'].__setitem__(1, 'oculus'),
        {BOX_AREAS, 'other-names'},
        1.0,
    ),
    'iscrowd null': (everybody(iscrowd=None), {BOX_AREAS}, 1.0),
    'iscrowd false': (everybody(iscrowd=False), {BOX_AREAS}, 1.0),
    'no iscrowd': (without('iscrowd'), {BOX_AREAS}, 1.0),
    'a crowd': (fifth(iscrowd=1, keypoints=[]), {BOX_AREAS}, 1.0),
    'v = 0 with coordinates of one person': (lambda content: hidden(content['annotations'][4]), {BOX_AREAS}, 1.0),
    'that, and num_keypoints 17': (
        both(lambda content: hidden(content['annotations'][4]), fifth(num_keypoints=17)),
        {BOX_AREAS, 'num-keypoints'},
        1.0,
    ),
    'v = 0 with coordinates among good ones': (keypoint(300.0, 5.0, 0), {BOX_AREAS}, 1.0),
    'null, null, 0': (keypoint(None, None, 0), {BOX_AREAS}, 1.0),
    'NaN, NaN, 0': (keypoint(math.nan, math.nan, 0), {BOX_AREAS}, 1.0),
    'num_keypoints 0': (everybody(num_keypoints=0), {BOX_AREAS, 'num-keypoints'}, 1.0),
    'num_keypoints as a text': (everybody(num_keypoints='17'), {BOX_AREAS, 'num-keypoints'}, 1.0),
    'num_keypoints null': (everybody(num_keypoints=None), {BOX_AREAS}, 1.0),
    'labelled at 0, 0': (keypoint(0, 0, 2), {BOX_AREAS, 'corner-keypoints'}, 1.0),
    'backslashes': (file_names('images\\'), {BOX_AREAS, 'image-name'}, 1.0),
    'a folder of another machine': (file_names('C:\\data\\images\\'), {BOX_AREAS, 'image-name'}, 1.0),
    'addresses': (file_names('https://example.org/a/'), {BOX_AREAS, 'image-name'}, 1.0),
    'escaped names': (file_names('my%20images/'), {BOX_AREAS, 'image-name'}, 1.0),
    'boxes as corners': (everybody(bbox=[50, 30, 250, 210]), {'box-corners'}, 1.0),
    'percent': (in_shares(100.0), {BOX_AREAS, 'not-pixels'}, 0.9),
    'shares': (in_shares(1.0), {BOX_AREAS, 'not-pixels'}, 0.0),
    "Label Studio's, of one person": (label_studio, {'no-area', 'label-studio'}, 1.0),
}


@pytest.mark.parametrize('name', ODD)
def test_what_is_odd_is_told_and_scores_what_it_scores(images: Path, tmp_path: Path, name: str) -> None:
    change, suspicious, ap = ODD[name]
    content = base()
    change(content)
    file = tmp_path / 'people.json'
    file.write_text(json.dumps(content))
    people = source(file, images)
    found = check(people)
    assert found['fault'] == [] and {one.partition(':')[0] for one in found['suspicion']} == suspicious
    with_labels = sum(
        not one.get('iscrowd')
        and min(one['bbox'][2:]) > 0
        and one['bbox'][0] < 319
        and any(v != 0 for v in (one.get('keypoints') or [])[2::3])
        for one in content['annotations']
    )
    assert train(people) == with_labels
    assert score(people, file)['mine/AP'] == pytest.approx(ap, abs=0.01)


def test_what_coco_itself_holds_is_read(images: Path, tmp_path: Path) -> None:
    """Of the files of 2017: crowds, people too small for keypoints, boxes and keypoints at the border and beyond."""
    content = base()
    crowd = dict(iscrowd=1, keypoints=[0] * 51, num_keypoints=0, segmentation=dict(counts=[9, 76791], size=[240, 320]))
    small = dict(iscrowd=0, keypoints=[0] * 51, num_keypoints=0, area=12.3)
    flat = dict(area=0.0, iscrowd=0, category_id=58, bbox=[296.65, 38.33, 1.03, 0.0])  # 918 of the train set
    content['categories'].append(dict(id=58, name='hot dog', supercategory='food'))
    content['annotations'] += [
        dict(crowd, id=900100000005, image_id=5, category_id=1, bbox=[0, 0, 320, 240], area=70000),
        dict(small, id=1233, image_id=5, category_id=1, bbox=[3.3, 4.4, 5.5, 6.6]),
        dict(small, id=1234, image_id=6, category_id=1, bbox=[319.2, 239.4, 0.8, 0.6]),
        dict(flat, id=918, image_id=6),
    ]
    content['annotations'][2].update(bbox=[-0.32, 30, 320.64, 210.09], area=35999.4567)
    content['annotations'][3]['keypoints'][:6] = [0, 40, 2, 320, 48, 1]
    content['annotations'][4]['keypoints'][3:] = [0] * 48  # a single one
    file = tmp_path / 'people.json'
    file.write_text(json.dumps(content))
    people = source(file, images)
    found = check(people)
    assert found['fault'] == [] and {one.partition(':')[0] for one in found['suspicion']} <= {
        BOX_AREAS,
        'keypoint-off-box',
    }
    assert train(people) == 12
    assert score(people, file)['mine/AP'] == pytest.approx(1.0)


def cut(content: Content) -> bytes:
    return json.dumps(content).encode()[:3000]


WRONG: dict[str, tuple[Change, str]] = {  # what is done, and what is said of it
    'ids as floats': (each(lambda one: one.update(id=float(one['id']))), 'entry 0 of annotations: has id 1.0'),
    'an id true': (fifth(id=True), 'entry 4 of annotations: has id True'),
    'no id': (lambda content: content['annotations'][4].pop('id'), 'entry 4 of annotations: lacks id'),
    'ids of images as floats': (
        each(lambda image: image.update(id=float(image['id'])), 'images'),
        'entry 0 of images: has id 1.0',
    ),
    'ids of images as texts in one list': (
        each(lambda one: one.update(image_id=str(one['image_id']))),
        "annotation 1: is of image '1', which is not listed; 1 is: write ids as numbers in both lists",
    ),
    'category_id as a float': (fifth(category_id=1.0), 'entry 4 of annotations: has category_id 1.0'),
    'no category_id': (lambda c: c['annotations'][4].pop('category_id'), 'entry 4 of annotations: lacks category_id'),
    'area 0': (everybody(area=0), 'annotation 1 of 1.jpg: area 0'),
    'area of the picture': (everybody(area=0.47), 'annotation 1 of 1.jpg: area 0.47, and the box has 36000 pixels'),
    'area below 0': (fifth(area=-36000), 'annotation 5 of 5.jpg: area -36000'),
    'area NaN': (fifth(area=math.nan), 'annotation 5 of 5.jpg: area nan'),
    'area as a text': (fifth(area='36000'), "annotation 5 of 5.jpg: area '36000'"),
    'area as a list': (fifth(area=[36000]), 'annotation 5 of 5.jpg: area [36000]'),
    'balls with keypoints of their own': (
        both(
            balls(keypoints=[5, 5, 2, 6, 6, 2]), lambda content: content['categories'][1].update(keypoints=['a', 'b'])
        ),
        "category 'ball': 2 keypoints, 17 in skeleton 'coco'",
    ),
    'keypoints in another order': (
        lambda content: content['categories'][0]['keypoints'].reverse(),
        "category 'person': counted from 0: 0 right_ankle (16 there)",
    ),
    'keypoints of another skeleton': (
        lambda content: content['categories'][0].update(keypoints=[f'part {i}' for i in range(17)]),
        "category 'person': 17 keypoints, 17 in skeleton 'coco'; not in the skeleton: part 0",
    ),
    'iscrowd as a text': (everybody(iscrowd='0'), "entry 0 of annotations: has iscrowd '0', which must be 0 or 1"),
    'iscrowd 2': (fifth(iscrowd=2), 'entry 4 of annotations: has iscrowd 2'),
    'iscrowd as a list': (fifth(iscrowd=[0]), 'entry 4 of annotations: has iscrowd [0]'),
    'v = 0 with coordinates of everybody': (
        each(hidden),
        '12 annotations of 12 images: 12 without labelled keypoints',
    ),
    'null, null, 2': (keypoint(None, None, 2), 'annotation 5 of 5.jpg: left_eye [nan, nan, 2.0]'),
    'v null': (keypoint(75, 48, None), 'annotation 5 of 5.jpg: left_eye [75.0, 48.0, nan]'),
    'NaN': (keypoint(math.nan, 48, 2), 'annotation 5 of 5.jpg: left_eye [nan, 48.0, 2.0]'),
    'v 3': (keypoint(75, 48, 3), 'annotation 5 of 5.jpg: left_eye v = 3'),
    'v below 0': (keypoint(75, 48, -1), 'annotation 5 of 5.jpg: left_eye v = -1'),
    'keypoints as texts': (
        each(lambda one: one.update(keypoints=[str(value) for value in one['keypoints']])),
        "annotation 1 of 1.jpg: keypoints have '61' among them",
    ),
    'keypoints in lists': (
        each(lambda one: one.update(keypoints=np.reshape(one['keypoints'], (17, 3)).tolist())),
        'annotation 1 of 1.jpg: 17 lists, not 51 numbers in one',
    ),
    'another encoding': (lambda content: json.dumps(content).encode('utf-16'), 'save it as UTF-8 there'),
    'a file that is cut off': (cut, 'people.json is not JSON'),
    'an empty file': (lambda content: b'', 'people.json is not JSON'),
    'annotations null': (
        lambda content: content.update(annotations=None),
        "lists of images and annotations, COCO's layout. Got: a mapping of images, annotations, categories",
    ),
    'no list of images': (lambda content: content.pop('images'), 'Got: a mapping of annotations, categories'),
    'an entry null': (lambda content: content['annotations'].insert(3, None), 'entry 3 of annotations: is no mapping'),
    'no file name': (lambda content: content['images'][4].pop('file_name'), 'entry 4 of images: lacks file_name'),
    'no size': (each(lambda image: image.pop('width'), 'images'), 'entry 0 of images: lacks width'),
    'a size as a text': (
        lambda content: content['images'][4].update(width='320'),
        "entry 4 of images: has width and height ['320', 240]",
    ),
    'everything repeated': (
        lambda content: [content[part].extend(copy.deepcopy(content[part])) for part in ('images', 'annotations')],
        'image 1: 1.jpg repeats the id of another entry',
    ),
    'a person repeated': (
        lambda content: content['annotations'].append(content['annotations'][4]),
        'annotation 5: repeats the id of another annotation',
    ),
    'one id of all images': (
        each(lambda image: image.update(id=1), 'images'),
        'image 1: 2.jpg repeats the id of another entry',
    ),
    'a person of no image': (fifth(image_id=99), 'annotation 5: is of image 99, which is not listed'),
    'boxes as texts': (everybody(bbox=['50', '30', '200', '180']), "annotation 1 of 1.jpg: box ['50', '30'"),
    'rotated boxes': (everybody(bbox=[50, 30, 200, 180, 0.1]), 'annotation 1 of 1.jpg: box [50, 30, 200, 180, 0.1]'),
    'no box': (lambda content: content['annotations'][4].pop('bbox'), 'annotation 5 of 5.jpg: box None'),
    'null in a box': (fifth(bbox=[50, 30, None, 180]), 'annotation 5 of 5.jpg: box [50, 30, None, 180]'),
    'boxes without height of everybody': (
        everybody(bbox=[50, 30, 200, 0]),
        '12 annotations of 12 images: 12 of a box of no size',
    ),
    'a box from its right': (fifth(bbox=[250, 30, -200, 180]), 'annotation 5 of 5.jpg: box [250.0, 30.0, -200.0'),
    'a box beside its picture': (fifth(bbox=[400, 30, 200, 180]), 'annotation 5 of 5.jpg: box [400.0, 30.0, 600.0'),
    'nobody': (lambda content: content['annotations'].clear(), '0 annotations of 12 images: none'),
    'nobody who is of use': (
        both(
            everybody(iscrowd=1),
            lambda content: [one.update(iscrowd=0, keypoints=[]) for one in content['annotations'][4:]],
            balls(),
        ),
        '18 annotations of 12 images: 4 a crowd, 8 without labelled keypoints, 6 of category',
    ),
    'nothing': (
        lambda content: [content[part].clear() for part in ('images', 'annotations')],
        '0 annotations of 0 images',
    ),
    "Label Studio's, of two people in each picture": (
        each(lambda one: one.update(keypoints=2 * one['keypoints'])),
        "annotation 1 of 1.jpg: 102 numbers, not 51 (17 keypoints): 2 people? Label Studio's COCO export",
    ),
}


@pytest.mark.parametrize('name', WRONG)
def test_what_is_wrong_is_refused_by_all_with_the_same_words(images: Path, tmp_path: Path, name: str) -> None:
    change, said = WRONG[name]
    content = base()
    changed = change(content)
    file = tmp_path / 'people.json'
    file.write_bytes(changed if isinstance(changed, bytes) else json.dumps(content).encode())
    people = source(file, images)
    try:
        checked = '\n'.join(check(people)['fault'])
    except ValueError as error:  # it is no annotation file
        checked = str(error)
    with pytest.raises(ValueError) as trained:
        train(people)
    with pytest.raises(ValueError) as scored:
        score(people, file)
    assert said in checked and said in str(scored.value)
    assert str(trained.value) == f"source 'mine': {scored.value}"


def test_a_byte_order_mark_is_no_matter(images: Path, tmp_path: Path) -> None:
    file = tmp_path / 'people.json'
    file.write_text(json.dumps(base()), encoding='utf-8-sig')
    people = source(file, images)
    assert check(people)['fault'] == [] and train(people) == 12
    assert score(people, file)['mine/AP'] == pytest.approx(1.0)


@pytest.mark.parametrize(('width', 'height', 'said'), [(640, 240, ''), (240, 320, ', width and height swapped')])
def test_a_size_that_is_not_the_pictures_is_refused_by_all_with_the_same_words(
    images: Path, tmp_path: Path, width: int, height: int, said: str
) -> None:
    file, content = tmp_path / 'people.json', base()
    content['images'][4].update(width=width, height=height)
    file.write_text(json.dumps(content))
    people = source(file, images)
    wrong = f'{images / "5.jpg"}: 320x240, not {width}x{height}{said}'
    assert check(people)['fault'] == [f'image-size: {wrong}']
    for told in (lambda: train(people), lambda: score(people, file)):
        with pytest.raises(ValueError, match=re.escape(f'people.json cannot be used, 1 problem:\n  - {wrong}\n')):
            told()


def test_sizes_of_pictures_that_are_not_there_are_not_compared(images: Path, tmp_path: Path) -> None:
    file, content = tmp_path / 'people.json', base()
    content['images'][4].update(width=640, file_name='missing.jpg')
    file.write_text(json.dumps(content))
    people = source(file, images)
    assert [fault.partition(':')[0] for fault in check(people)['fault']] == ['missing-image']
    assert train(people) == 12  # another person in their place
