import json
from pathlib import Path

import numpy as np
import pytest
from mmpose.registry import DATASETS

from unipose.datasets.person_box_dataset import PersonBoxDataset
from unipose.files.coco import AnnotationError

IMAGES = [
    dict(id=7, file_name='a.jpg', width=640, height=480),
    dict(id='b', file_name='more/b.png', width=200, height=300),
]
CATEGORIES = [dict(id=3, name='dog'), dict(id=5, name='person')]


def box(*bbox: float, **more) -> dict:
    return dict(image_id=7, category_id=5, bbox=list(bbox)) | more


PEOPLE = [
    box(10, 20, 100, 200, id=11, keypoints=[9, 9, 2] * 17, num_keypoints=17, iscrowd=0),
    box(600.5, 400, 100, 100, id=12, score=0.4),
    box(-5.5, 0, 100, 400, id=13, image_id='b', score=0.9),
]
OTHERS = [
    box(0, 0, 300, 300, iscrowd=1),
    box(0, 0, 300, 300, category_id=3),
    box(5, 5, 20, 40),
    box(296.65, 388.33, 101.03, 0.0),  # COCO has such
]


def write(path: Path, boxes: list, **changes) -> str:
    content = dict(images=IMAGES, annotations=boxes, categories=CATEGORIES) | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return str(path)


def corners(dataset: PersonBoxDataset) -> dict:
    return {info['id']: info['bbox'].tolist()[0] for info in map(dataset.get_data_info, range(len(dataset)))}


def test_people_are_read_and_clipped(tmp_path: Path) -> None:
    write(tmp_path / 'boxes.json', [*OTHERS, *PEOPLE])
    config = dict(type='PersonBoxDataset', data_root=str(tmp_path), ann_file='boxes.json', data_prefix=dict(img='img/'))
    dataset = DATASETS.build(config)
    assert corners(dataset) == {11: [10, 20, 110, 220], 12: [600.5, 400, 639, 479], 13: [0, 0, 94.5, 299]}
    last = dataset.get_data_info(2)
    assert last['img_path'] == str(tmp_path / 'img/more/b.png') and last['img_id'] == 'b'
    assert last['annotated_shape'] == (300, 200) and last['bbox_score'] == np.float32(0.9)
    assert last['bbox'].dtype == np.float32 and 'keypoints' not in dataset.get_data_info(0)


def test_boxes_are_those_of_mmposes_coco_dataset(synthetic: Path) -> None:
    config = dict(data_root=str(synthetic / 'coco'), ann_file='annotations/person_keypoints_train2017.json')
    ours = PersonBoxDataset(**config)
    theirs = DATASETS.build(dict(config, type='CocoDataset'))
    assert corners(ours) == corners(theirs) and len(ours) > 10


def test_what_is_left_out_can_be_chosen(tmp_path: Path) -> None:
    path = write(
        tmp_path / 'boxes.json', [*(box(0, 0, side, side, id=side, score=side / 100) for side in (20, 50, 90))]
    )
    assert list(corners(PersonBoxDataset(path))) == [50, 90]
    assert list(corners(PersonBoxDataset(path, min_size=0))) == [20, 50, 90]
    assert list(corners(PersonBoxDataset(path, score_thr=0.9))) == [90]
    assert list(corners(PersonBoxDataset(path, min_size=0, score_thr=0.3, indices=1))) == [50]


def test_no_size_is_no_person(tmp_path: Path) -> None:
    path = write(tmp_path / 'boxes.json', [*OTHERS, PEOPLE[0]])
    assert len(PersonBoxDataset(path, min_size=0)) == 2  # the box of 20x40 and the person


def test_detection_results_need_only_a_list_of_images(tmp_path: Path) -> None:
    images = write(tmp_path / 'images.json', None, categories=None)
    people = [dict(box, category_id=1, score=0.8) for box in PEOPLE]
    for person in people:
        del person['id']
    found = write(tmp_path / 'found.json', [])
    Path(found).write_text(json.dumps([dict(people[0], category_id=2), *people]))
    dataset = PersonBoxDataset(images, bbox_file=found, score_thr=0.5)
    assert list(corners(dataset)) == [1, 2, 3]  # places in the list
    with pytest.raises(
        ValueError,
        match=r'images.json must be a mapping with lists of images and annotations.*Got: a mapping of images',
    ):
        PersonBoxDataset(images)


def test_people_may_be_named_otherwise(tmp_path: Path) -> None:
    path = write(tmp_path / 'boxes.json', PEOPLE, categories=[dict(id=5, name='human')])
    with pytest.raises(ValueError, match=r"no category 'person'; set category to one of \['human'\]"):
        PersonBoxDataset(path)
    assert len(PersonBoxDataset(path, category='human')) == 3


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        (box(1, 2, 3), r'annotation 1 of a.jpg: box \[1, 2, 3\]'),
        (box(1, 2, float('nan'), 50), r'annotation 1 of a.jpg: box \[1.0, 2.0, nan, 50.0\]'),
        (box(1, 2, float('inf'), 50), 'inf'),
        (box(100, 100, -50, 50), 'box .*-50'),
        (dict(box(1, 2, 3, 4), bbox='all'), 'box all'),
        (dict(box(1, 2, 3, 4), bbox=None), 'box None'),
        (dict(box(1, 2, 3, 4), bbox=['1', '2', '3', '4']), "box .'1'"),
        (box(641, 2, 50, 50), r'box \[641.0, 2.0, 50.0, 50.0\] .x, y, width, height., image 640x480'),
        (box(-51, 2, 50, 50), 'box .* image 640x480'),
        (box(1, 2, 50, 50, image_id=8), 'annotation 1: is of image 8, which is not listed'),
        (box(1, 2, 50, 50, image_id='7'), "is of image '7', which is not listed; 7 is: write ids as numbers"),
        (box(1, 2, 50, 50, id=11), 'annotation 11: repeats the id'),
        (box(1, 2, 50, 50, iscrowd='0'), "entry 1 of annotations: has iscrowd '0'"),
        (box(1, 2, 50, 50, score='0.3'), "entry 1 of annotations: has score '0.3'"),
        (box(1, 2, 50, 50, score=float('nan')), 'entry 1 of annotations: has score nan'),
        ([1, 2, 3, 4], 'entry 1 of annotations: is no mapping'),
    ],
)
def test_wrong_boxes_are_named(tmp_path: Path, wrong: dict, message: str) -> None:
    path = write(tmp_path / 'boxes.json', [PEOPLE[0], wrong, PEOPLE[1]])
    with pytest.raises(AnnotationError, match=f'boxes.json cannot be used, 1 problem:\n  - .*{message}'):
        PersonBoxDataset(path)


def test_a_few_of_many_wrong_boxes_are_shown(tmp_path: Path) -> None:
    path = write(tmp_path / 'boxes.json', [box(700, 2, 50, 50, id=i) for i in range(9)])
    with pytest.raises(
        AnnotationError, match=r'9 problems:\n  - annotation 0 (.|\n)*annotation 4 .*\n *... 4 more like'
    ):
        PersonBoxDataset(path)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ([dict(bbox=[0, 0, 9, 9])], "lists of images and annotations, COCO's layout. Got: a list of 1"),
        (dict(annotations=[]), r'Got: a mapping of annotations'),
        (dict(images=[dict(id=1)], annotations=[]), 'entry 0 of images: lacks file_name, width, height'),
        (dict(images=IMAGES, annotations={}), 'Got: a mapping of images, annotations'),
        (dict(images=IMAGES, annotations=[]), '0 boxes of 2 images: none'),
        (dict(images=IMAGES, annotations=OTHERS), '4 boxes of 2 images: 1 a crowd, 1 of category 3, 2 of category 5'),
        (dict(images=IMAGES, annotations=OTHERS[1:2], categories=CATEGORIES), '1 boxes of 2 images: 1 of category 3'),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: object, message: str) -> None:
    (tmp_path / 'boxes.json').write_text(json.dumps(content))
    with pytest.raises(AnnotationError, match=message):
        PersonBoxDataset(str(tmp_path / 'boxes.json'))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(min_size=-1), 'min_size must be >= 0'),
        (dict(score_thr=float('nan')), 'score_thr within 0 to 1'),
        (dict(score_thr=0.5), 'has no score, which score_thr=0.5 asks for'),
        (dict(min_size=400), r'0 of 3 boxes are used; 0 are left out as crowds, .*, 3 smaller than 400 px'),
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, options: dict, message: str) -> None:
    path = write(tmp_path / 'boxes.json', PEOPLE)
    with pytest.raises(ValueError, match=message):
        PersonBoxDataset(path, **options)
