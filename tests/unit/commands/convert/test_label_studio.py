"""Label Studio's JSON: whose keypoints are whose, names, pictures, and what is left out."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.label_studio_files import annotated, export, keypoint, rectangle, relation, task
from tests.yolo_files import SKELETON, picture
from unipose.commands.convert import Converted, read_label_studio
from unipose.skeletons import load_skeleton

FACE = load_skeleton(SKELETON)
LEFT_BOX, RIGHT_BOX = rectangle('left', 10, 20, 30, 60), rectangle('right', 60, 20, 30, 60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture(tmp_path / 'images/a.jpg')
    return tmp_path


def read(folder: Path, *tasks: dict[str, Any], **options: Any) -> Converted:
    return read_label_studio(export(folder / 'export.json', *tasks), FACE, folder / 'images', **options)


def people(converted: Converted) -> list[tuple[list[float], list[float]]]:
    """Box and keypoints of each."""
    return [(person['bbox'], person['keypoints']) for person in converted.content['annotations']]


def test_keypoints_belong_to_their_parents(folder: Path) -> None:
    found = read(
        folder,
        task(
            keypoint('nose', 70, 30, 'right'),
            keypoint('Left Eye', 25, 30, 'left'),
            keypoint('nose', 20, 40, 'left'),
            LEFT_BOX,
            RIGHT_BOX,
        ),
    )
    assert found.content['images'] == [dict(id=1, file_name='a.jpg', width=200, height=100)]
    assert found.content['categories'][0]['keypoints'] == ['nose', 'left_eye', 'right_eye']
    assert people(found) == [
        ([20, 20, 60, 60], [40, 40, 2, 50, 30, 2, 0, 0, 0]),
        ([120, 20, 60, 60], [140, 30, 2, 0, 0, 0, 0, 0, 0]),
    ]
    first = found.content['annotations'][0]
    assert first | dict(bbox=0, keypoints=0) == dict(
        id=1, image_id=1, category_id=1, iscrowd=0, bbox=0, keypoints=0, num_keypoints=2, area=1908.0
    )
    assert not found.left_out and len(found.notes) == 1


@pytest.mark.parametrize('turn', [False, True])
def test_keypoints_belong_to_rectangles_that_relations_connect_them_with(folder: Path, turn: bool) -> None:
    nose = keypoint('nose', 20, 40)
    link = relation(LEFT_BOX, nose) if turn else relation(nose, LEFT_BOX)
    found = read(folder, task(nose, LEFT_BOX, RIGHT_BOX, keypoint('nose', 70, 30, 'right'), link))
    assert [box for box, _ in people(found)] == [[20, 20, 60, 60], [120, 20, 60, 60]] and not found.left_out


def test_what_nothing_links_belongs_to_the_only_person(folder: Path) -> None:
    one = task(keypoint('nose', 20, 40), keypoint('left_eye', 25, 30), LEFT_BOX)
    none = task(keypoint('nose', 20, 40), keypoint('left_eye', 25, 30))
    assert people(read(folder, one)) == [([20, 20, 60, 60], [40, 40, 2, 50, 30, 2, 0, 0, 0])]
    found = read(folder, none)
    assert people(found) == [([40, 30, 10, 10], [40, 40, 2, 50, 30, 2, 0, 0, 0])]
    assert '1 people have no rectangle: their box is the smallest around their keypoints' in found.notes[1]


def test_parents_of_another_kind_tell_people_apart(folder: Path) -> None:
    outline = dict(rectangle('outline', 0, 0, 1, 1), type='polygonlabels')
    eyes = [keypoint('left_eye', 25, 30, 'outline'), keypoint('right_eye', 20, 33, 'outline')]
    found = read(folder, task(outline, *eyes, keypoint('left_eye', 75, 30, 'right'), RIGHT_BOX))
    assert sorted(box for box, _ in people(found)) == [[40, 30, 10, 3], [120, 20, 60, 60]]
    assert found.left_out == {'results of type polygonlabels': 1}


def test_what_cannot_be_told_apart_is_left_out_and_counted(folder: Path) -> None:
    nose = keypoint('nose', 20, 40, 'left')
    found = read(
        folder,
        task(nose, LEFT_BOX, RIGHT_BOX, keypoint('left_eye', 50, 50), dict(type='choices', id='x', value={})),
        task(keypoint('nose', 20, 40), keypoint('nose', 70, 40)),
        task(nose, keypoint('nose', 21, 41, 'left'), keypoint(None, 30, 30, 'left'), LEFT_BOX),
        task(keypoint('nose', 20, 40)),
        task(annotations=[]) | dict(annotations=[annotated(was_cancelled=True)]),
        task(nose, LEFT_BOX, image='s3://bucket/gone.jpg'),
        task(nose, dict(LEFT_BOX, image_rotation=90)),
        task(nose, dict(LEFT_BOX, original_width=100)),
    )
    assert len(people(found)) == 2
    assert found.left_out == {
        'results of type choices': 1,
        'keypoints that nothing links to one of several people': 1,
        'rectangles without keypoints': 1,
        'pictures without rectangles that have a keypoint twice': 1,
        'keypoints that a person has twice, but for the first': 1,
        'keypoints without a name': 1,
        'people without a rectangle whose keypoints span none': 1,
        'tasks without an annotation, or skipped': 1,
        f'tasks whose image is not in {folder / "images"}': 1,
        'tasks whose image was turned in Label Studio': 1,
        'tasks whose image has another shape than the one that was labelled': 1,
    }


def test_of_several_annotations_one_is_read(folder: Path) -> None:
    older, newer = keypoint('nose', 20, 40, 'left'), keypoint('nose', 21, 40, 'left')
    whole = task() | dict(
        annotations=[
            annotated(newer, LEFT_BOX, updated_at='2025-06-01'),
            annotated(older, LEFT_BOX, updated_at='2025-05-01'),
            annotated(keypoint('nose', 22, 40, 'left'), LEFT_BOX, was_cancelled=True, updated_at='2025-07-01'),
        ]
    )
    found = read(folder, whole)
    assert people(found)[0][1][:2] == [42, 40]
    assert found.left_out == {'further annotations of tasks that have several': 1}
    whole['annotations'][1]['ground_truth'] = True
    assert people(read(folder, whole))[0][1][:2] == [40, 40]


def test_a_picture_that_was_shrunk_or_lies_on_its_side(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(folder / 'images/a.jpg', size=(51, 101), exif=exif)  # shown as 101 x 51
    found = read(folder, task(keypoint('nose', 20, 40, 'left'), LEFT_BOX))
    assert people(found)[0][1][:2] == [20.2, 20.4] and not found.left_out


def test_a_turned_rectangle_becomes_the_box_around_it(folder: Path) -> None:
    # 40 x 20 pixels turned by 90 degrees around its first corner, at (100, 20)
    found = read(folder, task(keypoint('nose', 45, 40, 'a'), rectangle('a', 50, 20, 20, 20, rotation=90)))
    assert people(found)[0][0] == pytest.approx([80, 20, 20, 40])


def test_images_without_people_stay(folder: Path) -> None:
    picture(folder / 'images/b.jpg')
    found = read(folder, task(keypoint('nose', 20, 40, 'left'), LEFT_BOX), task(image='b.jpg'))
    assert [image['file_name'] for image in found.content['images']] == ['a.jpg', 'b.jpg']
    assert '1 people in 2 images (1 without people), 1 keypoints labelled: out.json' in found.to_text(
        'out.json', 'face'
    )


def test_unknown_names_are_listed(folder: Path) -> None:
    tail = keypoint('tail', 20, 50, 'left')
    with pytest.raises(ValueError, match=r"skeleton 'face' has not: 'tail' \(2 times\), 'ear' \(1 times\); .*\['nose'"):
        read(folder, task(tail, LEFT_BOX), task(tail, keypoint('ear', 1, 1, 'left'), LEFT_BOX))


def test_what_is_no_export_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match=r'no person could be converted; left out: 1 tasks whose image is not in'):
        read(folder, task(image='gone.jpg'))
    with pytest.raises(ValueError, match=r"task 10764: a rectangle, keypoint or relation lacks 'id'"):
        read(folder, task(dict(type='rectanglelabels', value={}, original_width=1, original_height=1)))
    small = dict(id=1, image='a.jpg', kp=[], annotation_id=3)
    for content in ([small], dict(images=[], annotations=[]), []):
        (folder / 'other.json').write_text(json.dumps(content))
        with pytest.raises(
            ValueError, match='must be a list of tasks with annotations, as Label Studio exports them as'
        ):
            read_label_studio(folder / 'other.json', FACE, folder)
    (folder / 'other.json').write_text('id,image')
    with pytest.raises(ValueError, match='is not JSON'):
        read_label_studio(folder / 'other.json', FACE, folder)
    with pytest.raises(FileNotFoundError, match='no image folder'):
        read_label_studio(folder / 'other.json', FACE, folder / 'none')
    with pytest.raises(FileNotFoundError, match='no file .*none.json'):
        read_label_studio(folder / 'none.json', FACE, folder)
