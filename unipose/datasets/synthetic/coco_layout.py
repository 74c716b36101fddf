"""Synthetic people as a COCO keypoint dataset."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from .figure import COCO_KEYPOINTS, landmark_names
from .layout import SyntheticDataset, render_split, write_annotations, write_dataset
from .scene import SceneOptions, SyntheticPerson

SPLITS = ('train2017', 'val2017')
# COCO's own links, 1-based.
SKELETON = [[16, 14], [14, 12], [17, 15], [15, 13], [12, 13], [6, 12], [7, 13], [6, 7], [6, 8], [7, 9], [8, 10]]
SKELETON += [[9, 11], [2, 3], [1, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5, 7]]
_POINTS = landmark_names(COCO_KEYPOINTS, 'coco')
_VAL_OFFSET = 500_000_000  # image ids differ between the splits


@dataclass(frozen=True)
class PeopleFile:
    """What an annotation file of COCO's form says of people.

    Args:
        layout: Name of the layout.
        description: Of the file, for readers.
        ann_files: In a dataset's root, by split.
        keypoints: Their names.
        links: Pairs of keypoints, counted from 1.
        place: From a person to their places ``[K, 2]`` in pixels and COCO's v ``[K]``.
    """

    layout: str
    description: str
    ann_files: dict[str, str]
    keypoints: tuple[str, ...]
    links: list[list[int]]
    place: Callable[[SyntheticPerson], tuple[np.ndarray, np.ndarray]]


COCO = PeopleFile(
    layout='coco',
    description='Synthetic people in the layout of COCO keypoints',
    ann_files={split: f'annotations/person_keypoints_{split}.json' for split in SPLITS},
    keypoints=COCO_KEYPOINTS,
    links=SKELETON,
    place=lambda person: person.select(_POINTS),
)


def generate_coco(
    out_dir: str | Path,
    num_images: dict[str, int],
    seed: int = 0,
    options: SceneOptions | None = None,
    progress: bool = False,
) -> SyntheticDataset:
    """Write synthetic people in COCO's layout: ``annotations/person_keypoints_<split>.json`` and ``<split>/*.jpg``.

    Pixels are 0-based: x = 0 is the centre of the first column. A keypoint has v = 2 where it is visible, v = 1 where
    the person, another one or an object hides it, and x = y = v = 0 outside the image. ``area`` and ``segmentation``
    are the body's silhouette inside the image, also where it is hidden, and ``bbox`` is its box.

    Args:
        out_dir: The dataset's root; may exist, but hold no dataset other than this one.
        num_images: Images per split, of ``'train2017'`` and ``'val2017'``.
        seed: Image i of a split depends on the seed, the split, i and the options alone.
        options: What the images look like; easy ones of 256x256 pixels unless told.
        progress: Show a progress bar.

    Returns:
        What lies in ``out_dir`` now; a dataset made with the same inputs is reused.

    Raises:
        ValueError: For an unknown split, or when ``out_dir`` holds other data.
    """
    return write_dataset(out_dir, 'coco', num_images, SPLITS, seed, options, progress, partial(write_split, COCO))


def write_split(
    file: PeopleFile, root: Path, split: str, count: int, seed: int, options: SceneOptions, progress: bool
) -> int:
    """Write a split's images and its annotation file; returns the number of people."""
    first = 1 + (_VAL_OFFSET if split.startswith('val') else 0)
    names = [f'{first + index:012d}.jpg' for index in range(count)]
    width, height = options.image_size
    images, annotations = [], []
    for index, persons in render_split(root / split, file.layout, split, names, seed, options, progress):
        image_id = first + index
        images.append({'license': 1, 'file_name': names[index], 'height': height, 'width': width, 'id': image_id})
        for number, person in enumerate(persons):
            annotation = _annotation(person, *file.place(person))
            annotations.append({**annotation, 'image_id': image_id, 'id': 10 * image_id + number})
    person_category = {
        'supercategory': 'person',
        'id': 1,
        'name': 'person',
        'keypoints': list(file.keypoints),
        'skeleton': file.links,
    }
    write_annotations(
        root / file.ann_files[split],
        {
            'info': {'description': file.description, 'version': '1.0'},
            'licenses': [{'id': 1, 'name': 'Apache License 2.0', 'url': 'https://www.apache.org/licenses/LICENSE-2.0'}],
            'images': images,
            'annotations': annotations,
            'categories': [person_category],
        },
    )
    return len(annotations)


def _annotation(person: SyntheticPerson, xy: np.ndarray, visibility: np.ndarray) -> dict:
    keypoints = np.where(visibility[:, None] > 0, np.concatenate([xy, visibility[:, None]], axis=1), 0.0)  # [K, 3]
    flat = [round(float(value), 2) for value in keypoints.reshape(-1)]
    flat[2::3] = [int(value) for value in visibility]
    x, y, width, height = cv2.boundingRect(person.silhouette)
    outlines, _ = cv2.findContours(person.silhouette, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outlines = [cv2.approxPolyDP(outline, 0.7, True) for outline in outlines]
    return {
        'segmentation': [outline.reshape(-1).tolist() for outline in outlines if len(outline) >= 3],
        'num_keypoints': int(np.count_nonzero(visibility)),
        'area': float(np.count_nonzero(person.silhouette)),
        'iscrowd': 0,
        'keypoints': flat,
        'bbox': [float(value) for value in (x, y, width, height)],
        'category_id': 1,
    }
