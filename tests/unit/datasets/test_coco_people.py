import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.dataset import BaseDataset
from mmpose.datasets import CocoDataset, CocoWholeBodyDataset
from mmpose.registry import DATASETS

from unipose.datasets import heed
from unipose.datasets.coco_people import reads_coco_people
from unipose.datasets.lean_dataset import USED, build_lean
from unipose.files.coco import AnnotationError

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
            person(5, 3, keypoints=[0] * 51, num_keypoints=0, bbox=[170, 5, 3, 0]),
            person(11, 7, bbox=[1, 2, 3, 4], area=16777217),
            person(13, 12),
            person(15, 3, iscrowd=None),
        ],
        categories=[dict(id=1, name='person')],
    )


def config(path: Path, content: Content, **options: Any) -> dict[str, Any]:
    path.write_text(json.dumps(content))
    return dict(type='CocoDataset', ann_file=str(path), data_prefix=dict(img='pictures')) | options


def check_same(dataset: dict[str, Any]) -> int:
    """Makes sure that each sample is MMPose's; returns how many there are."""
    whole, lean = DATASETS.build(dataset), build_lean(dataset)
    assert len(lean) == len(whole)
    if not whole.bbox_file:
        assert lean.metainfo.get('CLASSES') == whole.metainfo.get('CLASSES')
    for index in range(len(whole)):
        expected, found = BaseDataset.get_data_info(whole, index), lean.data_list[index]
        height_and_width = found.pop('annotated_shape').tolist()
        assert height_and_width == [120, 160] and set(found) == set(expected) & set(USED)
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
    assert check_same(config(tmp_path / 'a.json', people())) == 5


@pytest.mark.parametrize(
    'change',
    [
        without('num_keypoints'),
        set_in('annotations', 0, iscrowd=False),
        without('area'),
        lambda content: content.pop('categories'),
        lambda content: content.update(info={}, annotations=content.pop('annotations')[::-1], images=content['images']),
        lambda content: content.update(images=content.pop('images')),  # after the annotations
        set_in('annotations', 3, bbox=[1, 2, 0, 5]),
        set_in('annotations', 0, id='forty'),
        set_in('annotations', 0, id=2**70),
    ],
)
def test_so_are_files_that_say_less_or_otherwise(tmp_path: Path, change: Callable[[Content], Any]) -> None:
    content = people()
    change(content)
    assert check_same(config(tmp_path / 'a.json', content)) == 5


def test_categories_may_be_texts(tmp_path: Path) -> None:
    content = people()
    set_in('annotations', 0, category_id='person')(content)
    lean = build_lean(config(tmp_path / 'a.json', content))
    categories = [lean.data_list[index]['category_id'] for index in range(5)]
    assert sorted(map(str, categories)) == ['1', '1', '1', '1', 'person']


def test_what_mmpose_makes_something_else_of(tmp_path: Path) -> None:
    content = people()
    content['annotations'] = content['annotations'][:3]
    set_in('annotations', 0, num_keypoints=0)(content)  # two keypoints are labelled: a person
    unlabelled = [*KEYPOINTS[:2], 0, *KEYPOINTS[3:5], 0] + [0, 0, 0] * 15
    set_in('annotations', 1, keypoints=unlabelled)(content)
    content['annotations'][1].pop('num_keypoints')  # by which MMPose takes them for labelled
    lean = build_lean(config(tmp_path / 'a.json', content))
    assert [lean.data_list[index]['id'] for index in range(len(lean))] == [40]


@pytest.mark.parametrize(
    ('change', 'said'),
    [
        (set_in('annotations', 0, id=2), 'annotation 2: repeats the id'),
        (lambda content: content['images'].append(content['images'][0]), 'image 7: 7.jpg repeats the id'),
        (set_in('annotations', 0, keypoints=KEYPOINTS[:48]), 'annotation 40 of 3.jpg: 48 numbers, not 51'),
        (set_in('annotations', 0, bbox=[170, 5, 3, 3]), r'annotation 40 of 3.jpg: box .* image 160x120'),
        (set_in('annotations', 0, area='large'), "annotation 40 of 3.jpg: area 'large'"),
        (set_in('annotations', 0, image_id=99), 'annotation 40: is of image 99, which is not listed'),
        (lambda content: content['annotations'][0].pop('id'), 'entry 0 of annotations: lacks id'),
        (lambda content: content['images'][0].pop('width'), 'entry 0 of images: lacks width'),
        (lambda content: content['categories'][0].pop('id'), 'entry 0 of categories: is no category'),
        (lambda content: content['annotations'].clear(), '0 annotations of 3 images: none'),
    ],
)
def test_what_is_wrong_is_refused(tmp_path: Path, change: Callable[[Content], Any], said: str) -> None:
    content = people()
    change(content)
    with pytest.raises(AnnotationError, match=f'a.json cannot be used, 1 problem:\n  - {said}'):
        build_lean(config(tmp_path / 'a.json', content))


def test_what_is_odd_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged = []
    monkeypatch.setattr(heed, 'print_log', lambda line, **_: logged.append(line))
    content = people()
    set_in('annotations', 0, num_keypoints=5)(content)
    build_lean(config(tmp_path / 'a.json', content))
    (line,) = logged
    assert 'a.json: num_keypoints is not the number' in line and 'annotation 40 of 3.jpg: num_keypoints is 5' in line


@pytest.mark.parametrize(
    'options', [dict(indices=2), dict(indices=[3, 0]), dict(indices=-2), dict(filter_cfg=dict(bbox_score_thr=0.5))]
)
def test_options_choose_among_them(tmp_path: Path, options: dict[str, Any]) -> None:
    assert check_same(config(tmp_path / 'a.json', people(), **options))


def test_datasets_that_read_otherwise_are_left_to_mmpose() -> None:
    assert reads_coco_people(CocoDataset)
    assert not reads_coco_people(CocoWholeBodyDataset)


def test_an_interval_leaves_images_out_of_training(tmp_path: Path) -> None:
    assert check_same(config(tmp_path / 'a.json', people(), sample_interval=3)) == 3
    for options, said in (
        (dict(sample_interval=0), 'sample_interval must be a whole number above 0.* Got: 0'),
        (dict(sample_interval=5), 'sample_interval=5 leaves none of 5 people'),
        (dict(sample_interval=3, test_mode=True), 'is for training; scores are of all people of a file'),
    ):
        with pytest.raises(AnnotationError, match=said):
            build_lean(config(tmp_path / 'a.json', people(), **options))


BOXES = [
    dict(image_id=3, category_id=1, bbox=[1, 2, 30, 40], score=0.5),
    dict(image_id=12, category_id=1, bbox=[-5, 2, 300, 40], score=1),
]


def detected(tmp_path: Path, boxes: Any, **changes: Any) -> dict[str, Any]:
    (tmp_path / 'boxes.json').write_text(json.dumps(boxes))
    options = dict(bbox_file=str(tmp_path / 'boxes.json'), test_mode=True)
    return config(tmp_path / 'a.json', people() | changes, **options)


def test_detections_are_read_as_mmpose_reads_them(tmp_path: Path) -> None:
    assert check_same(detected(tmp_path, [*BOXES, dict(BOXES[0], category_id=2)])) == 2


def test_detections_of_other_images_and_outside_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged = []
    monkeypatch.setattr(heed, 'print_log', lambda line, **_: logged.append(line))
    others = [dict(BOXES[0], image_id=99), dict(BOXES[0], bbox=[200, 0, 9, 9]), dict(BOXES[0], bbox=[5, 5, 0, 9])]
    assert check_same(detected(tmp_path, [*BOXES, *others][:2])) == len(
        build_lean(detected(tmp_path, [*BOXES, *others]))
    )
    assert (
        'detected boxes are left out: of 5 boxes: 1 of an image that is not listed, 1 outside its image' in logged[-1]
    )


@pytest.mark.parametrize(
    ('boxes', 'said'),
    [
        ([], 'boxes.json .images of .*a.json. cannot be used, 1 problem:\n  - 0 boxes of 3 images: none'),
        ([dict(BOXES[0], category_id=0)], '1 boxes of 3 images: 1 of category 0'),
        ([dict(BOXES[0], image_id=99)], '1 boxes of 3 images: 1 of an image that is not listed'),
        ([dict(BOXES[0], score=float('nan'))], 'entry 0 of boxes: has score nan, which must be a number'),
        ([dict(BOXES[0], score='0.5')], "entry 0 of boxes: has score '0.5'"),
        ([dict(BOXES[0], bbox=['1', '2', '3', '4'])], "annotation 0 of 3.jpg: box .'1', '2'"),
        ([dict(BOXES[0], bbox=[1, 2, float('nan'), 4])], 'annotation 0 of 3.jpg: box .1.0, 2.0, nan'),
        ([[1, 2, 3, 4]], 'entry 0 of boxes: is no mapping'),
        (dict(boxes=BOXES), "boxes.json must be COCO's detection results, a list.* Got: a mapping of boxes"),
    ],
)
def test_wrong_detections_are_refused_by_name(tmp_path: Path, boxes: Any, said: str) -> None:
    with pytest.raises(AnnotationError, match=said):
        build_lean(detected(tmp_path, boxes))


def test_people_may_be_category_0_of_file_and_detector(tmp_path: Path) -> None:
    boxes = [dict(box, category_id=0) for box in BOXES]
    assert len(build_lean(detected(tmp_path, boxes, categories=[dict(id=0, name='person')]))) == 2
