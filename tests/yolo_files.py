"""Pose datasets in Ultralytics' layout, written by hand or from COCO's annotations."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

SIZE = (200, 100)  # of images, pixels
COCO_FLIPS = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
THREE = dict(kpt_shape=[3, 3], flip_idx=[0, 2, 1], names={0: 'person'})  # a nose and two eyes
SKELETON = dict(
    dataset_name='face',
    keypoint_info={
        0: dict(name='nose', id=0, color=[0, 0, 0], type='upper', swap=''),
        1: dict(name='left_eye', id=1, color=[0, 0, 0], type='upper', swap='right_eye'),
        2: dict(name='right_eye', id=2, color=[0, 0, 0], type='upper', swap='left_eye'),
    },
    skeleton_info={},
    joint_weights=[1.0, 1.0, 1.0],
    sigmas=[0.026, 0.025, 0.025],
)
PERSON = '0 0.5 0.5 0.4 0.8 0.5 0.4 2 0.55 0.3 1 0 0 0'


def data_yaml(folder: Path, **content: Any) -> Path:
    """Writes ``data.yaml``; by default of :data:`SKELETON`, its images in folders of their split."""
    folder.mkdir(parents=True, exist_ok=True)
    content = dict(dict(path='.', train='images/train', val='images/val', **THREE), **content)
    (folder / 'data.yaml').write_text(
        yaml.safe_dump({key: value for key, value in content.items() if value is not None})
    )
    return folder / 'data.yaml'


def picture(path: Path, size: tuple[int, int] = SIZE, **options: Any) -> Path:
    """Writes a grey picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', size, (90, 90, 90)).save(path, **options)
    return path


def dataset(folder: Path, rows: dict[str, str | None], split: str = 'train', **content: Any) -> Path:
    """Writes a dataset: rows of labels by name of the image, None for an image without a label file."""
    for name, labels in rows.items():
        picture(folder / 'images' / split / f'{name}.jpg')
        if labels is not None:
            file = folder / 'labels' / split / f'{name}.txt'
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(labels)
    return data_yaml(folder, **content)


def from_coco(coco: Path, folder: Path) -> Path:
    """Writes the synthetic COCO people as a pose dataset, with digits as Ultralytics' converters have them."""
    for split in ('train', 'val'):
        content = json.loads((coco / f'annotations/person_keypoints_{split}2017.json').read_text())
        shutil.copytree(coco / f'{split}2017', folder / 'images' / split)
        (folder / 'labels' / split).mkdir(parents=True)
        for image in content['images']:
            width, height = image['width'], image['height']
            rows = []
            for person in content['annotations']:
                if person['image_id'] == image['id']:
                    (x, y, w, h), points = person['bbox'], person['keypoints']
                    box = [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height]
                    labels = [
                        f'{points[i] / width:.6f} {points[i + 1] / height:.6f} {points[i + 2]}'
                        for i in range(0, len(points), 3)
                    ]
                    rows.append(' '.join(['0', *(f'{value:.6f}' for value in box), *labels]))
            if rows:
                label = folder / 'labels' / split / image['file_name'].replace('.jpg', '.txt')
                label.write_text('\n'.join(rows) + '\n')
    return data_yaml(folder, kpt_shape=[17, 3], flip_idx=COCO_FLIPS)
