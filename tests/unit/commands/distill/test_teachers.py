from typing import Any

import pytest

from unipose.commands.distill.teachers import canvas_of, entries_of, share_keypoints, union_of
from unipose.files.read_config import read_config
from unipose.simcc import Window

STUDENT = Window((192, 256), (192, 256))
HEELS, TOES = ['left_heel', 'right_heel'], ['left_big_toe', 'right_big_toe']


def entry(skeleton: str, **changes: Any) -> dict[str, Any]:
    """A teacher of which the config alone is there, of 96x128 pixels."""
    return dict(config='configs/demo/teacher_coco.py', checkpoint='nowhere.pth', skeleton=skeleton, **changes)


def test_teachers_that_come_along_have_names() -> None:
    like = read_config('distill_small')
    own = entry('coco', weight=0.5)
    entries = entries_of(dict(coco='coco', other='movenet_thunder', own=own), like)
    assert entries['coco'] == like.model.teachers.coco and entries['own'] == own
    assert entries['other']['output'] == 'score_maps' and entries['other']['padding'] == dict(default=1.25)
    with pytest.raises(ValueError, match='there is no teacher movenet; close are movenet_.*There are .*mpii'):
        entries_of(dict(coco='movenet'), like)
    with pytest.raises(ValueError, match=r"teacher 'coco' lacks \['checkpoint'\]"):
        entries_of(dict(coco=dict(config='a.py')), like)


def test_the_union_of_people_and_teachers() -> None:
    assert union_of(['coco', 'mpii'], dict(coco=entry('coco'))) == ('coco+mpii', None)
    assert union_of(['coco'], dict(both=entry('mpii+coco'))) == ('coco+mpii', None)
    assert union_of([], dict(coco=entry('coco'))) == ('coco', None)
    # of a teacher that says less or more than its skeleton, what nobody else has
    assert union_of(['coco'], dict(halpe=entry('halpe26', keypoints=['nose']))) == ('coco', None)
    heels, more = entry('halpe26', keypoints=['nose', *HEELS]), entry('halpe26', keypoints=[*HEELS, *TOES])
    joined, rest = union_of(['coco'], dict(heels=heels, more=more))
    assert joined == 'coco' and rest.names == (*HEELS, *TOES)
    between = entry('coco', derived=dict(pelvis=('left_hip', 'right_hip')))
    assert union_of(['coco'], dict(coco=between))[1].names == ('pelvis',)
    assert union_of([], dict(heels=heels))[0] == ''


def test_what_teachers_share() -> None:
    assert share_keypoints(dict(coco=entry('coco'), mpii=entry('mpii')))
    heels = entry('halpe26', keypoints=HEELS)
    assert not share_keypoints(dict(coco=entry('coco'), heels=heels)) and not share_keypoints(dict(coco=entry('coco')))


def test_the_smallest_canvas() -> None:
    def wanted(**of_entry: Any) -> tuple[int, int]:
        return canvas_of(STUDENT, dict(one=entry('coco', **of_entry)), dict(coco=1.25, mpii=0.9375))

    assert canvas_of(STUDENT, {}, {}) == wanted() == (192, 256)
    assert wanted(window=dict(input_size=(256, 256))) == (256, 256)
    # 1.25 / 0.9375 of the student's window, and even
    assert wanted(padding=dict(default=1.25)) == (256, 342)
