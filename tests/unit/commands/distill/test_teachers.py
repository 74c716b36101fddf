from typing import Any

import pytest

from unipose.commands.distill.teachers import canvas_of, entries_of, known_teacher, share_keypoints, union_of
from unipose.simcc import View
from unipose.skeletons import load_skeleton

STUDENT = View((192, 256), (192, 256))
HEELS = ['left_heel', 'right_heel']


def entry(skeleton: str, **changes: Any) -> dict[str, Any]:
    """A teacher of which the config alone is there, of 96x128 pixels."""
    return dict(config='configs/demo/teacher_coco.py', checkpoint='nowhere.pth', skeleton=skeleton, **changes)


def test_published_teachers_have_names() -> None:
    coco = known_teacher('rtmpose-m_coco-256x192')
    assert (coco['config'], coco['skeleton']) == ('configs/teachers/rtmpose-m_coco-256x192.py', 'coco')
    assert coco['checkpoint'].startswith('teachers/rtmpose-m_simcc-coco')
    movenet = known_teacher('movenet-thunder_coco-256x256')
    assert movenet['output'] == 'score_maps' and movenet['padding'] == dict(default=1.25)
    assert known_teacher('vitpose-plus-b_coco-256x192')['expert'] == 'coco'
    with pytest.raises(
        ValueError, match="no known teacher 'rtmpose'; there are rtmpose-m_coco-256x192, .*said as a dict"
    ):
        entries_of(dict(coco='rtmpose'))
    with pytest.raises(ValueError, match=r"teacher 'coco' lacks \['checkpoint'\]"):
        entries_of(dict(coco=dict(config='a.py')))


def test_the_union_of_people_and_teachers() -> None:
    assert union_of(['coco', 'mpii'], dict(coco=entry('coco'))) == 'coco+mpii'
    assert union_of(['coco'], dict(both=entry('mpii+coco'))) == 'coco+mpii'
    assert union_of([], dict(coco=entry('coco'))) == 'coco'
    # of a teacher that says less or more than its skeleton, what nobody else has
    assert union_of(['coco'], dict(halpe=entry('halpe26', keypoints=['nose']))) == 'coco'
    spec = union_of(['coco'], dict(halpe=entry('halpe26', keypoints=['nose', *HEELS])))
    assert load_skeleton(spec).names == (*load_skeleton('coco').names, *HEELS)
    between = entry('coco', derived=dict(pelvis=('left_hip', 'right_hip')))
    assert load_skeleton(union_of(['coco'], dict(coco=between))).names[-1] == 'pelvis'
    own = load_skeleton('lsp')
    assert load_skeleton(union_of([own], dict(coco=entry('coco')))).names[:17] == load_skeleton('coco').names


def test_what_teachers_share() -> None:
    assert share_keypoints(dict(coco=entry('coco'), mpii=entry('mpii')))
    heels = entry('halpe26', keypoints=HEELS)
    assert not share_keypoints(dict(coco=entry('coco'), heels=heels)) and not share_keypoints(dict(coco=entry('coco')))


def test_the_smallest_canvas() -> None:
    def wanted(**of_entry: Any) -> tuple[int, int]:
        return canvas_of(STUDENT, dict(one=entry('coco', **of_entry)), dict(coco=1.25, mpii=0.9375))

    assert canvas_of(STUDENT, {}, {}) == wanted() == (192, 256)
    assert wanted(view=dict(input_size=(256, 256))) == (256, 256)
    # 1.25 / 0.9375 of the student's view, and even
    assert wanted(padding=dict(default=1.25)) == (256, 342)
