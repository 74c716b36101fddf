"""Rows of label files: what is read, left out and refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.yolo_files import PERSON, data_yaml
from unipose.commands.check import KINDS
from unipose.files.remark import Remark
from unipose.files.yolo_pose import DataYaml
from unipose.files.yolo_pose.label_rows import LabelRow, read_rows


def rows(
    folder: Path, text: str, classes: tuple[int, ...] = (0,), **content: Any
) -> tuple[list[LabelRow], list[Remark]]:
    (folder / 'a.txt').write_text(text, encoding='utf-8')
    people, remarks = read_rows(folder / 'a.txt', 'labels/a.txt', DataYaml.read(data_yaml(folder, **content)), classes)
    assert {remark.kind for remark in remarks} <= set(KINDS)
    return people, remarks


def test_a_row_with_visibility(tmp_path: Path) -> None:
    ((box, keypoints),), remarks = rows(tmp_path, f'\ufeff{PERSON}\n\n')
    assert box.tolist() == [0.5, 0.5, 0.4, 0.8] and not remarks
    assert keypoints.tolist() == [[0.5, 0.4, 2], [0.55, 0.3, 1], [0, 0, 0]]


def test_places_of_what_is_not_labelled_do_not_count(tmp_path: Path) -> None:
    ((_, keypoints),), remarks = rows(tmp_path, '0 0.5 0.5 0.4 0.8 0.5 0.4 2 0.55 0.3 0 -3 7 0')
    assert keypoints.tolist() == [[0.5, 0.4, 2], [0, 0, 0], [0, 0, 0]] and not remarks


def test_rows_without_visibility(tmp_path: Path) -> None:
    ((_, keypoints),), _ = rows(tmp_path, '0 0.5 0.5 0.4 0.8 0 0 0 0.3 -1 -1', kpt_shape=[3, 2])
    assert keypoints.tolist() == [[0, 0, 0], [0, 0.3, 2], [0, 0, 0]]


def test_no_file_and_no_row(tmp_path: Path) -> None:
    assert rows(tmp_path, '') == rows(tmp_path, '\n \n') == ([], [])
    data = DataYaml.read(data_yaml(tmp_path))
    assert read_rows(tmp_path / 'none.txt', 'none', data, [0]) == ([], [])


def test_rows_that_repeat_another_are_read_once(tmp_path: Path) -> None:
    other = PERSON.replace('0.55', '0.56')
    people, remarks = rows(tmp_path, '\n'.join([PERSON, other, PERSON.replace('0.5 ', '0.50 ')]))
    assert len(people) == 2
    assert remarks == [Remark('person-twice', 'labels/a.txt:3', 'repeats line 1; it is read once')]


def test_rows_of_other_classes_are_left_out(tmp_path: Path) -> None:
    people, remarks = rows(tmp_path, f'{PERSON}\n1 0.5 0.5 0.1 0.1\n', names=['person', 'ball'])
    assert len(people) == 1
    assert remarks == [Remark('left-out', 'labels/a.txt:2', 'class ball')]


@pytest.mark.parametrize(
    ('row', 'said'),
    [
        ('0 0.5 0.5 0.4 0.8', 'has 5 numbers, a box without keypoints, not 14: class, box, and 3 keypoints of 3'),
        (f'{PERSON} 0.97', 'has 15 numbers, a score behind it, as predictions have, not 14'),
        ('0 0.5 0.5 0.4 0.8 0.5 0.4 0.5 0.3 0 0', 'has 11 numbers, keypoints of 2 numbers: kpt_shape: [3, 2]?, not 14'),
        ('0 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2', 'has 9 numbers, the outline of a segmentation, not 14'),
        ('0 0.5', 'has 2 numbers, not 14'),
        (PERSON.replace('0.55', 'left'), 'has something else than numbers: could not convert'),
        (PERSON.replace('0.55', 'nan'), 'has a number that is not finite'),
        (PERSON.replace('0.55', '1.02'), 'has 1.02; all are shares'),
        (PERSON.replace('0.55', '-0.02'), 'has -0.02; all are shares'),
        (PERSON.replace('0.4 0.8', '40 80'), 'has 40, 80, pixels?; all are shares'),
        (PERSON.replace('0.55 0.3 1', '0.55 0.3 -1'), 'has a negative visibility'),
        (f'3{PERSON[1:]}', "is of class 3, and classes are {0: 'person'}"),
        (f'0.5{PERSON[1:]}', 'is of class 0.5'),
    ],
)
def test_rows_that_cannot_be_read(tmp_path: Path, row: str, said: str) -> None:
    people, (remark,) = rows(tmp_path, f'{PERSON}\n{row}\n')
    assert len(people) == 1
    assert (remark.kind, remark.where) == ('broken-row', 'labels/a.txt:2') and said in remark.what


def test_a_little_beyond_the_image_is_allowed(tmp_path: Path) -> None:
    ((_, keypoints),), remarks = rows(tmp_path, PERSON.replace('0.55 0.3', '1.009 -0.009'))
    assert keypoints[1].tolist() == [1.009, -0.009, 1] and not remarks
    assert np.isfinite(keypoints).all()
