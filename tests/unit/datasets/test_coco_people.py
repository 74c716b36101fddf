import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.dataset import BaseDataset
from mmpose.datasets import CocoDataset
from mmpose.registry import DATASETS

from unipose.datasets.coco_people import read_coco_people, reads_coco_people
from unipose.datasets.halpe_body_dataset import HalpeBodyDataset
from unipose.datasets.lean_dataset import USED, build_lean

Content = dict[str, Any]
KEYPOINTS = [3.25, 4.5, 2, 100.1, 50, 1, 0, 0, 0] + [0, 0, 0] * 14


def people() -> Content:
    """Three images, not in order; of the people in them, some are left out."""

    def person(number: int, image: int, **changes: Any) -> dict[str, Any]:
        row = dict(id=number, image_id=image, category_id=1, bbox=[10.1, 5, 30.3, 40], keypoints=KEYPOINTS, area=321.7)
        return row | dict(num_keypoints=2, iscrowd=0, segmentation=[[1, 2, 3, 4]]) | changes

    return dict(
        images=[dict(id=number, file_name=f'{number}.jpg', width=160, height=120) for number in (7, 3, 12)],
        annotations=[
            person(40, 3),
            person(2, 7, bbox=[-4.7, 100.2, 500.1, 33.3]),
            person(9, 12, iscrowd=1),
            person(5, 3, num_keypoints=0),
            person(6, 3, bbox=[170, 5, 3, 3]),
            person(8, 3, keypoints=[0, -1, 2] * 17),
            person(1, 99),
            person(11, 7, bbox=[1, 2, 3, 4], area=16777217),
            person(13, 12, keypoints=[math.nan, *KEYPOINTS[1:]], bbox=[math.nan, 2, 3, 4]),
            person(15, 3, iscrowd=None),
        ],
        categories=[dict(id=1, name='person')],
    )


def config(path: Path, content: Content, **options: Any) -> dict[str, Any]:
    path.write_text(json.dumps(content))
    return dict(type='CocoDataset', ann_file=str(path), data_prefix=dict(img='pictures')) | options


def takes_part(path: Path, content: Content) -> bool:
    """Whether such a file is read without MMPose."""
    dataset = DATASETS.build(config(path, content, lazy_init=True))
    return reads_coco_people(CocoDataset, dataset) and read_coco_people(dataset) is not None


def check_same(dataset: dict[str, Any]) -> int:
    """Makes sure that each sample is MMPose's; returns how many there are."""
    whole, lean = DATASETS.build(dataset), build_lean(dataset)
    assert len(lean) == len(whole) and lean.metainfo.get('CLASSES') == whole.metainfo.get('CLASSES')
    for index in range(len(whole)):
        expected, found = BaseDataset.get_data_info(whole, index), lean.data_list[index]
        assert set(found) == set(expected) & set(USED)
        for key, value in found.items():
            assert type(value) is type(expected[key])
            assert np.shape(value) == np.shape(expected[key])
            np.testing.assert_array_equal(value, expected[key], strict=True)
    return len(lean)


def without(*keys: str) -> Callable[[Content], None]:
    def change(content: Content) -> None:
        for row in content['annotations'][::2]:
            for key in keys:
                del row[key]

    return change


def set_in(part: str, place: int, **values: Any) -> Callable[[Content], None]:
    return lambda content: content[part][place].update(values)


def test_people_are_read_as_mmpose_reads_them(tmp_path: Path) -> None:
    assert takes_part(tmp_path / 'a.json', people())
    assert check_same(config(tmp_path / 'a.json', people())) == 5


@pytest.mark.parametrize(
    'change',
    [
        without('num_keypoints', 'area', 'iscrowd'),
        without('bbox'),
        without('keypoints'),
        lambda content: content.pop('categories'),
        lambda content: content.update(info={}, annotations=content.pop('annotations')[::-1], images=content['images']),
        lambda content: content.update(images=content.pop('images')),  # after the annotations
        set_in('annotations', 0, keypoints=[str(value) for value in KEYPOINTS]),
        set_in('annotations', 0, bbox=[1, 2, 0, 5]),
        set_in('images', 0, width=40.5, height=0),
    ],
)
def test_so_are_files_that_say_less(tmp_path: Path, change: Callable[[Content], Any]) -> None:
    content = people()
    change(content)
    assert takes_part(tmp_path / 'a.json', content)
    check_same(config(tmp_path / 'a.json', content))


@pytest.mark.parametrize(
    'change',
    [
        set_in('annotations', 0, id=2),
        set_in('images', 0, id=3),
        set_in('annotations', 0, keypoints=KEYPOINTS[:48]),
        set_in('annotations', 0, id='forty'),
        set_in('annotations', 0, category_id=1.0),
        set_in('annotations', 0, area=None),
    ],
)
def test_of_others_mmpose_says_what_they_are(tmp_path: Path, change: Callable[[Content], Any]) -> None:
    content = people()
    change(content)
    check_same(config(tmp_path / 'a.json', content))


@pytest.mark.parametrize(
    'change',
    [
        set_in('annotations', 0, keypoints=KEYPOINTS[:50]),
        set_in('annotations', 0, keypoints=None),
        set_in('annotations', 0, bbox=[1, 2, 3]),
        set_in('annotations', 0, bbox=['1', '2', '3', '4']),
        set_in('annotations', 0, area='large'),
        lambda content: content['annotations'][0].pop('image_id'),
        lambda content: content['annotations'][0].pop('id'),
        lambda content: content['annotations'][0].pop('category_id'),
        lambda content: content['images'][0].pop('file_name'),
        lambda content: content['images'][0].pop('width'),
        lambda content: content['categories'][0].pop('id'),
        set_in('images', 0, file_name=3),
        set_in('images', 0, id='7'),
    ],
)
def test_mistakes_are_mmposes(tmp_path: Path, change: Callable[[Content], Any]) -> None:
    content = people()
    change(content)
    dataset = config(tmp_path / 'a.json', content)
    messages = []
    for build in (DATASETS.build, build_lean):
        with pytest.raises((ValueError, KeyError, TypeError, AttributeError)) as caught:
            build(copy.deepcopy(dataset))
        messages.append((caught.type, str(caught.value)))
    assert messages[0] == messages[1]


@pytest.mark.parametrize('part', ['images', 'annotations'])
def test_there_may_be_nobody(tmp_path: Path, part: str) -> None:
    content = people()
    content[part].clear()
    assert len(build_lean(config(tmp_path / 'a.json', content))) == 0


@pytest.mark.parametrize(
    'options', [dict(indices=2), dict(indices=[3, 0]), dict(indices=-2), dict(filter_cfg=dict(bbox_score_thr=0.5))]
)
def test_options_choose_among_them(tmp_path: Path, options: dict[str, Any]) -> None:
    assert check_same(config(tmp_path / 'a.json', people(), **options))


def test_options_and_datasets_that_read_otherwise_are_left_to_mmpose(tmp_path: Path) -> None:
    build = lambda **options: DATASETS.build(config(tmp_path / 'a.json', people(), lazy_init=True, **options))  # noqa: E731
    assert reads_coco_people(CocoDataset, build())
    assert not reads_coco_people(HalpeBodyDataset, build())
    assert not reads_coco_people(CocoDataset, build(data_mode='bottomup'))
    assert not reads_coco_people(CocoDataset, build(sample_interval=2))
    assert not reads_coco_people(CocoDataset, build(bbox_file='boxes.json', test_mode=True))
    check_same(config(tmp_path / 'a.json', people(), sample_interval=3))
