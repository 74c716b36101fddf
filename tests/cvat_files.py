"""Exports of CVAT, as its converters (cvat-ai/datumaro) write them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import yaml

PERSON, CAR = 2, 1  # categories: labels in the project's order, of which a car has no skeleton


def coco_keypoints(coco: Path, folder: Path) -> tuple[Path, Path]:
    """Writes the synthetic COCO val people as COCO Keypoints 1.0; returns annotations and images.

    Pictures of a task lie in folders of their own. Of a point that is outside the place is kept, with v = 0. A box is
    that of the points, if a person has no rectangle in their group, and the area is the box's.
    """
    content = json.loads((coco / 'annotations/person_keypoints_val2017.json').read_text())
    images, annotations = [], []
    for number, image in enumerate(content['images'], start=1):
        name = f'day {number % 2}/{image["file_name"]}'
        (folder / 'images/default' / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(coco / 'val2017' / image['file_name'], folder / 'images/default' / name)
        size = dict(width=image['width'], height=image['height'])
        images.append(dict(id=number, **size, file_name=name, license=0, flickr_url='', coco_url='', date_captured=0))
        for person in content['annotations']:
            if person['image_id'] == image['id']:
                annotations.append(dict(_person(person), id=len(annotations) + 1, image_id=number))
    names = content['categories'][0]['keypoints']
    categories = [
        dict(id=CAR, name='car', supercategory='', keypoints=[], skeleton=[]),
        dict(id=PERSON, name='person', supercategory='', keypoints=names, skeleton=[[16, 14], [14, 12]]),
    ]
    head = dict(licenses=[dict(name='', id=0, url='')], info=dict(contributor='', date_created='', version='', year=''))
    file = folder / 'annotations/person_keypoints_default.json'
    file.parent.mkdir()
    file.write_text(json.dumps(dict(head, categories=categories, images=images, annotations=annotations)))
    return file, folder / 'images/default'


def ultralytics_pose(yolo: Path) -> Path:
    """Makes an Ultralytics YOLO Pose 1.0 of a pose dataset: lists of images, class numbers, no ``flip_idx``."""
    content = dict(path='.', names={0: 'person'}, kpt_shape=[17, 3])
    for split in ('train', 'val'):
        names = sorted(path.name for path in (yolo / 'images' / split).iterdir())
        (yolo / f'{split}.txt').write_text(''.join(f'images/{split}/{name}\n' for name in names))
        content[split] = f'{split}.txt'
    (yolo / 'data.yaml').write_text(yaml.dump(content))
    return yolo / 'data.yaml'


def _person(person: dict) -> dict:
    keypoints = np.array(person['keypoints'], float).reshape(-1, 3)
    keypoints[keypoints[:, 2] == 0, :2] = (3.5, 4.5)
    seen = keypoints[keypoints[:, 2] > 0, :2]
    box = np.concatenate([seen.min(0), np.ptp(seen, 0)])
    return dict(
        category_id=PERSON,
        segmentation=[],
        area=float(box[2] * box[3]),
        bbox=box.round(2).tolist(),
        iscrowd=0,
        attributes=dict(occluded=False, keyframe=True),
        keypoints=keypoints.ravel().tolist(),
        num_keypoints=len(seen),
    )
