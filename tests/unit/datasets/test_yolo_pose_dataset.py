"""Ultralytics' pose datasets as sources: the people of CocoDataset, their fingerprint, and what is refused."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmpose.registry import DATASETS

from tests.yolo_files import PERSON, SKELETON, data_yaml, dataset, from_coco
from unipose.datasets.source import Source
from unipose.skeletons import load_skeleton

FACE = load_skeleton(SKELETON)
COCO = load_skeleton('coco')


def source(file: Path, skeleton: Any = FACE, test_mode: bool = False, **options: Any) -> Source:
    options = dict(dict(type='YoloPoseDataset', ann_file=str(file), split='train'), **options)
    return Source('mine', options, skeleton, skeleton or FACE, test_mode=test_mode)


@pytest.mark.parametrize('test_mode', [False, True])
def test_the_people_are_those_of_the_coco_dataset(synthetic: Path, tmp_path: Path, test_mode: bool) -> None:
    ours = source(from_coco(synthetic / 'coco', tmp_path / 'mine'), COCO, test_mode)
    options = dict(
        type='CocoDataset',
        data_root=str(synthetic / 'coco'),
        ann_file='annotations/person_keypoints_train2017.json',
        data_prefix=dict(img='train2017/'),
    )
    theirs = Source('coco', options, COCO, COCO, test_mode=test_mode)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs):
        assert Path(one['img_path']).name == Path(other['img_path']).name and Path(one['img_path']).is_file()
        assert np.array_equal(one['keypoints_visible'], other['keypoints_visible'])
        for key in ('keypoints', 'bbox'):
            assert np.abs(one[key] - other[key]).max() < 1e-3
    ours.fingerprint(), pickle.dumps(ours)


def test_a_dataset_below_a_root(tmp_path: Path) -> None:
    dataset(tmp_path / 'mine', dict(a=PERSON))
    (one,) = source(Path('data.yaml'), data_root=str(tmp_path / 'mine'))
    assert one['img_path'] == str(tmp_path / 'mine/images/train/a.jpg')
    assert one['keypoints'][0].tolist() == [[100, 40], [110, 30], [0, 0]]
    assert one['keypoints_visible'][0].tolist() == [1, 1, 0]


def test_boxes_alone(tmp_path: Path) -> None:
    (one,) = source(dataset(tmp_path, dict(a=PERSON)), None)
    assert one['bbox'].tolist() == [[60, 10, 140, 90]] and not one['keypoints_visible'].any()


def test_it_stands_alone_with_a_metainfo_file(tmp_path: Path) -> None:
    (tmp_path / 'face.py').write_text(f'dataset_info = {SKELETON}')
    options = dict(ann_file=str(dataset(tmp_path, dict(a=PERSON))), split='train', pipeline=[])
    built = DATASETS.build(dict(options, type='YoloPoseDataset', metainfo=dict(from_file=str(tmp_path / 'face.py'))))
    assert len(built) == 1 and built.ann_file == str(tmp_path / 'data.yaml')


def test_detected_boxes(tmp_path: Path) -> None:
    (tmp_path / 'boxes.json').write_text(
        json.dumps([dict(image_id=2, category_id=1, bbox=[10, 20, 30, 40], score=0.7)])
    )
    file = dataset(tmp_path, dict(a=PERSON, b=PERSON))
    (one,) = source(file, test_mode=True, bbox_file=str(tmp_path / 'boxes.json'))
    assert one['img_path'].endswith('images/train/b.jpg') and one['bbox'].tolist() == [[10, 20, 40, 60]]


def test_the_fingerprint_changes_with_a_label(tmp_path: Path) -> None:
    before = source(dataset(tmp_path, dict(a=PERSON))).fingerprint()
    assert source(tmp_path / 'data.yaml').fingerprint() == before
    dataset(tmp_path, dict(a=PERSON.replace('0.55', '0.56')))
    assert source(tmp_path / 'data.yaml').fingerprint() != before


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    file = dataset(tmp_path, dict(a='0 0.5 0.5 1 1'))
    with pytest.raises(ValueError, match=r"(?s)source 'mine': .*labels/train/a.txt:1: has 5 numbers, a box without"):
        source(file)
    with pytest.raises(ValueError, match=r"(?s)kpt_shape says 3 keypoints, skeleton 'coco' has 17"):
        source(file, COCO)
    with pytest.raises(ValueError, match='says where images are; leave data_prefix out'):
        source(file, data_prefix=dict(img='images/train/'), data_root=str(tmp_path))
    with pytest.raises(FileNotFoundError, match="source 'mine' is not in place, missing: ann_file .*none.yaml"):
        source(tmp_path / 'none.yaml')
    with pytest.raises(FileNotFoundError, match=r"images of its val split, \['images/val'\], are not in any of"):
        source(data_yaml(tmp_path), split='val')
