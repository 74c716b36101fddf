"""Faults to plant into a synthetic dataset: what does it, the kind that must be found, and what must be said of it."""

import shutil
from pathlib import Path

import cv2
import numpy as np

NAME = '000000000006.jpg'  # an image of the training set, of two people
PERSON = 61  # the annotation of one of them


def person_of(content: dict) -> dict:
    return next(entry for entry in content['annotations'] if entry['id'] == PERSON)


def image_of(content: dict) -> dict:
    return next(entry for entry in content['images'] if entry['file_name'] == NAME)


def remove_image(content: dict, root: Path) -> None:
    (root / 'train2017' / NAME).unlink()


def truncate_image(content: dict, root: Path) -> None:
    path = root / 'train2017' / NAME
    path.write_bytes(path.read_bytes()[:-800])


def say_another_size(content: dict, root: Path) -> None:
    image_of(content)['width'] = 300


def forget_the_file_name(content: dict, root: Path) -> None:
    del image_of(content)['file_name']


def repeat_an_annotation_id(content: dict, root: Path) -> None:
    content['annotations'][0]['id'] = content['annotations'][-1]['id']


def repeat_an_image_id(content: dict, root: Path) -> None:
    content['images'].append(dict(image_of(content), file_name='other.jpg'))


def name_no_image(content: dict, root: Path) -> None:
    person_of(content)['image_id'] = 999


def name_other_keypoints(content: dict, root: Path) -> None:
    content['categories'][0]['keypoints'][0] = 'snout'


def order_keypoints_otherwise(content: dict, root: Path) -> None:
    names = content['categories'][0]['keypoints']
    names[1], names[2] = names[2], names[1]


def drop_a_keypoint(content: dict, root: Path) -> None:
    del person_of(content)['keypoints'][-3:]


def write_nan(content: dict, root: Path) -> None:
    person_of(content)['keypoints'][0] = float('nan')


def write_a_nan_box(content: dict, root: Path) -> None:
    person_of(content)['bbox'][2] = float('nan')


def write_a_score(content: dict, root: Path) -> None:
    person_of(content)['keypoints'][2] = 0.87


def miscount(content: dict, root: Path) -> None:
    person_of(content)['num_keypoints'] -= 2


def empty_the_box(content: dict, root: Path) -> None:
    person_of(content)['bbox'][3] = 0


def write_corners_of_a_negative_size(content: dict, root: Path) -> None:
    person_of(content)['bbox'][2] *= -1


def move_the_box_out(content: dict, root: Path) -> None:
    person_of(content)['bbox'][:2] = [400, 20]


def grow_the_box(content: dict, root: Path) -> None:
    person_of(content)['bbox'][2:] = [400, 300]


def move_a_keypoint_out(content: dict, root: Path) -> None:
    person_of(content)['keypoints'][:3] = [-60, 100, 2]


def give_a_small_box(content: dict, root: Path) -> None:
    person_of(content)['bbox'] = [1, 1, 8, 8]


def annotate_twice(content: dict, root: Path) -> None:
    content['annotations'].append(dict(person_of(content), id=77))


def give_two_the_same_box(content: dict, root: Path) -> None:
    keypoints = np.array(person_of(content)['keypoints']) + [1, 0, 0] * 17
    content['annotations'].append(dict(person_of(content), id=77, keypoints=keypoints.tolist()))


def mirror(person: dict, indices: range) -> None:
    keypoints = np.array(person['keypoints']).reshape(-1, 3)
    for left in indices:
        keypoints[[left, left + 1]] = keypoints[[left + 1, left]]
    person['keypoints'] = keypoints.ravel().tolist()


def swap_everybody(content: dict, root: Path) -> None:
    for person in content['annotations']:
        mirror(person, range(1, 17, 2))


def swap_everybodys_shoulders(content: dict, root: Path) -> None:
    for person in content['annotations']:
        mirror(person, range(5, 6))


def swap_a_person(content: dict, root: Path) -> None:
    mirror(person_of(content), range(1, 17, 2))


def swap_shoulders(content: dict, root: Path) -> None:
    mirror(person_of(content), range(5, 6))


def copy_into_val(content: dict, root: Path) -> None:
    shutil.copy(root / 'train2017' / NAME, root / 'val2017/000500000002.jpg')


def encode_into_val(content: dict, root: Path) -> None:
    image = cv2.imread(str(root / 'train2017' / NAME))
    cv2.imwrite(str(root / 'val2017/000500000002.jpg'), image, [cv2.IMWRITE_JPEG_QUALITY, 70])


COCO_FAULTS = [
    (remove_image, 'missing-image', f'train2017/{NAME}'),
    (truncate_image, 'damaged-image', f'train2017/{NAME}'),
    (say_another_size, 'image-size', '256x256, not 300x256'),
    (forget_the_file_name, 'broken-entry', 'entry 5 of images lacks file_name'),
    (repeat_an_annotation_id, 'repeated-id', 'repeats the id'),
    (repeat_an_image_id, 'repeated-id', 'image 6 other.jpg'),
    (name_no_image, 'orphan-annotation', f'annotation {PERSON} is of image 999'),
    (name_other_keypoints, 'other-names', 'not in the skeleton: snout; not in the file: nose'),
    (order_keypoints_otherwise, 'keypoint-order', '1 right_eye (2 there), 2 left_eye (1 there)'),
    (drop_a_keypoint, 'keypoint-count', f'annotation {PERSON} of {NAME} 48 numbers, not 51'),
    (write_nan, 'not-a-number', f'annotation {PERSON} of {NAME} nose [nan'),
    (write_a_nan_box, 'not-a-number', f'annotation {PERSON} of {NAME} box'),
    (write_a_score, 'visibility', f'annotation {PERSON} of {NAME} nose v = 0.87'),
    (miscount, 'num-keypoints', f'annotation {PERSON} of {NAME} num_keypoints is'),
    (empty_the_box, 'box-no-size', f'annotation {PERSON} of {NAME} box'),
    (write_corners_of_a_negative_size, 'box-empty', f'annotation {PERSON} of {NAME} box'),
    (move_the_box_out, 'box-outside', f'annotation {PERSON} of {NAME} box'),
    (grow_the_box, 'box-beyond', f'annotation {PERSON} of {NAME}'),
    (move_a_keypoint_out, 'keypoint-outside', f'annotation {PERSON} of {NAME} nose [-60.0, 100.0]; image 256x256'),
    (give_a_small_box, 'keypoint-off-box', f'annotation {PERSON} of {NAME} nose'),
    (annotate_twice, 'person-twice', f'annotation 77 of {NAME} the same keypoints as annotation {PERSON}'),
    (give_two_the_same_box, 'person-twice', f'annotation 77 of {NAME} the same box as annotation {PERSON}'),
    (swap_everybody, 'swapped-sides', 'the left eye is where the right one belongs'),
    (swap_everybodys_shoulders, 'swapped-sides', 'left_shoulder against the other pairs'),
    (swap_a_person, 'swapped-person', f'annotation {PERSON} of {NAME} the left eye'),
    (swap_shoulders, 'swapped-person', f'annotation {PERSON} of {NAME} left_shoulder'),
    (copy_into_val, 'train-and-val', f'the same file: coco/train2017/{NAME} of train'),
    (encode_into_val, 'train-and-val', f'encoded anew: coco/train2017/{NAME} of train'),
]


def drop_a_joint(entry: dict) -> None:
    del entry['joints'][-1]


def flag_a_joint(entry: dict) -> None:
    entry['joints_vis'][3] = 2


def shrink_to_nothing(entry: dict) -> None:
    entry['scale'] = 0


def forget_the_center(entry: dict) -> None:
    del entry['center']


def write_infinity(entry: dict) -> None:
    entry['joints'][0][0] = float('inf')


def move_away(entry: dict) -> None:
    entry['center'] = [900.0, 100.0]


def name_a_val_image(entry: dict) -> None:
    entry['image'] = '500000001.jpg'


MPII_FAULTS = [
    (drop_a_joint, 'keypoint-count', '15 joints, 16 joints_vis'),
    (flag_a_joint, 'visibility', 'left_hip 2'),
    (shrink_to_nothing, 'box-empty', 'scale 0'),
    (forget_the_center, 'broken-entry', 'lacks center'),
    (write_infinity, 'not-a-number', 'joints'),
    (move_away, 'box-outside', 'image 256x256'),
    (name_a_val_image, 'train-and-val', 'the same file: mpii/images/500000001.jpg of train'),
]
