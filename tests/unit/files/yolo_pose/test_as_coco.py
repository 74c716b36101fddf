"""A pose dataset as COCO's annotations: places, sizes, numbers, what is left out."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.yolo_files import PERSON, SKELETON, data_yaml, dataset, from_coco, picture
from unipose.commands.check import KINDS
from unipose.files.yolo_pose import read_yolo_pose
from unipose.skeletons import load_skeleton

FACE = load_skeleton(SKELETON)


def test_people_in_pixels(tmp_path: Path) -> None:
    file = dataset(tmp_path, dict(b=PERSON, a=None, c=''))
    found = read_yolo_pose(file, 'train', skeleton=FACE)
    found.check()
    assert found.content['images'] == [
        dict(id=number, file_name=f'images/train/{name}.jpg', width=200, height=100)
        for number, name in enumerate('abc', start=1)
    ]
    assert found.content['categories'] == [dict(id=1, name='person', keypoints=['nose', 'left_eye', 'right_eye'])]
    assert found.content['annotations'] == [
        dict(
            id=1,
            image_id=2,
            category_id=1,
            iscrowd=0,
            bbox=[60.0, 10.0, 80.0, 80.0],
            area=3392.0,  # 0.53 x 80 x 80
            keypoints=[100.0, 40.0, 2.0, 110.0, 30.0, 1.0, 0.0, 0.0, 0.0],
            num_keypoints=2,
        )
    ]
    assert found.root == tmp_path and found.summary() == f'{file}, train: 3 images, 1 people'


def test_a_picture_that_exif_turns_is_labelled_as_one_sees_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = dataset(tmp_path, dict(a=PERSON))
    picture(tmp_path / 'images/train/a.jpg', size=(100, 200), exif=exif)  # stored on its side
    (image,), (person,) = (read_yolo_pose(file, 'train').content[key] for key in ('images', 'annotations'))
    assert (image['width'], image['height']) == (200, 100) and person['bbox'] == [60.0, 10.0, 80.0, 80.0]


def test_the_same_people_as_in_coco(synthetic: Path, tmp_path: Path) -> None:
    found = read_yolo_pose(from_coco(synthetic / 'coco', tmp_path / 'mine'), 'train', skeleton=load_skeleton('coco'))
    truth = json.loads((synthetic / 'coco/annotations/person_keypoints_train2017.json').read_text())
    assert not found.remarks and len(found.content['annotations']) == len(truth['annotations'])
    boxes, keypoints = (
        [np.array([one[key] for one in content['annotations']]) for content in (found.content, truth)]
        for key in ('bbox', 'keypoints')
    )
    for ours, theirs in (boxes, keypoints):
        assert np.abs(ours - theirs).max() < 1e-3  # the sixth digit of a share of 256 pixels
    assert [one['num_keypoints'] for one in found.content['annotations']] == [
        one['num_keypoints'] for one in truth['annotations']
    ]


def test_labels_lie_where_ultralytics_looks(tmp_path: Path) -> None:
    """Of several folders `images` the last is the one; without any, labels are beside."""
    for image, label in {
        'images/images/a.jpg': 'images/labels/a.txt',
        'b.jpg': 'b.txt',
        'train/images/c.jpg': 'train/labels/c.txt',
    }.items():
        picture(tmp_path / image)
        (tmp_path / label).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / label).write_text(PERSON)
    found = read_yolo_pose(data_yaml(tmp_path, train='.'), 'train')
    assert [one['image_id'] for one in found.content['annotations']] == [1, 2, 3]


def test_labels_beside_what_a_link_leads_to(tmp_path: Path) -> None:
    dataset(tmp_path / 'coco', dict(a=PERSON))
    (tmp_path / 'mine/images').mkdir(parents=True)
    (tmp_path / 'mine/images/train').symlink_to(tmp_path / 'coco/images/train')
    found = read_yolo_pose(data_yaml(tmp_path / 'mine'), 'train')
    assert len(found.content['annotations']) == 1
    (tmp_path / 'alone/images/train').mkdir(parents=True)  # a picture alone is no folder of another dataset
    (tmp_path / 'alone/images/train/a.jpg').symlink_to(tmp_path / 'coco/images/train/a.jpg')
    assert not read_yolo_pose(data_yaml(tmp_path / 'alone'), 'train').content['annotations']
    (tmp_path / 'mine/labels/train').mkdir(parents=True)
    (tmp_path / 'mine/labels/train/a.txt').write_text(f'{PERSON}\n{PERSON.replace("0.55", "0.6")}')
    assert len(read_yolo_pose(data_yaml(tmp_path / 'mine'), 'train').content['annotations']) == 2


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    rows = dict(a=f'{PERSON}\n{PERSON}', b=f'1{PERSON[1:]}', c=PERSON)
    file = dataset(tmp_path, rows, names=['person', 'horse'], train='train.txt')
    (tmp_path / 'train.txt').write_text('\n'.join(f'images/train/{name}.jpg' for name in 'abcd'))
    (tmp_path / 'images/train/c.jpg').write_text('not an image')
    found = read_yolo_pose(file, 'train', 'person')
    found.check()
    assert {remark.kind for remark in found.remarks} <= set(KINDS)
    assert [(remark.kind, remark.where) for remark in found.remarks] == [
        ('person-twice', 'labels/train/a.txt:2'),
        ('left-out', 'labels/train/b.txt:1'),
        ('damaged-image', 'images/train/c.jpg'),
        ('missing-image', 'images/train/d.jpg'),
    ]
    assert found.summary().endswith(
        'train: 2 images, 1 people; left out: 1 rows of other classes, 1 rows that repeat another, 1 images that are '
        'not there, 1 images that cannot be read'
    )
    assert [image['id'] for image in found.content['images']] == [1, 2]
    assert len(read_yolo_pose(file, 'train', ['person', 'horse']).content['annotations']) == 2


def test_what_cannot_be_trained_on_is_refused(tmp_path: Path) -> None:
    file = dataset(tmp_path, {f'{i}': '0 0.5' for i in range(7)}, flip_idx=[0, 1, 2])
    with pytest.raises(
        ValueError, match=r'(?s)train, has 1 differences from the skeleton, 7 rows that.*:1: has 2.*\.\.\.'
    ):
        read_yolo_pose(file, 'train', skeleton=FACE).check()
    file = dataset(tmp_path / 'nobody', dict(a=None))
    with pytest.raises(ValueError, match=r'nobody is labelled in .*\(the labels of .*a.jpg are .*labels/train/a.txt\)'):
        read_yolo_pose(file, 'train').check()


def test_the_digest_is_of_labels_and_not_of_places(tmp_path: Path) -> None:
    digests = [read_yolo_pose(dataset(tmp_path / name, dict(a=PERSON)), 'train').digest() for name in ('here', 'there')]
    changed = dataset(tmp_path / 'there', dict(a=PERSON.replace('0.55', '0.551')))
    assert digests[0] == digests[1] != read_yolo_pose(changed, 'train').digest()
