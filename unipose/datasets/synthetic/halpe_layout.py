"""Synthetic people as a Halpe dataset, in the form of its published annotations."""

from functools import partial
from pathlib import Path

import numpy as np

from .coco_layout import PeopleFile, write_split
from .figure import COCO_KEYPOINTS, SEGMENT_POINTS, SEGMENTS, landmark_names
from .layout import SyntheticDataset, write_dataset
from .scene import OUTSIDE, SceneOptions, SyntheticPerson

SPLITS = ('train2015', 'val2017')
NUM_KEYPOINTS = 136  # the body, then 68 of the face and 21 of each hand
BODY = (
    *COCO_KEYPOINTS,
    *('head', 'neck', 'hip'),
    *(f'{side}_{part}' for part in ('big_toe', 'small_toe', 'heel') for side in ('left', 'right')),
)
# The figure has no small toes. Its hip is moved from the pelvis towards the waist.
_POINTS = dict(zip(COCO_KEYPOINTS, landmark_names(COCO_KEYPOINTS, 'coco'), strict=True))
_POINTS |= {'head': 'head_top', 'neck': 'upper_neck', 'hip': 'pelvis', 'left_big_toe': 'left_toe'}
_POINTS |= {'right_big_toe': 'right_toe', 'left_heel': 'left_heel', 'right_heel': 'right_heel'}
_KNOWN, _HIP = [BODY.index(name) for name in _POINTS], BODY.index('hip')
# In Halpe's figure the hip is 0.14 of a head above the middle of MPII's hips: docs/skeletons.md.
_HIP_TO_WAIST = 0.14 * SEGMENT_POINTS['head']['head_top'][1] / SEGMENTS['pelvis_to_waist']


def generate_halpe(
    out_dir: str | Path,
    num_images: dict[str, int],
    seed: int = 0,
    options: SceneOptions | None = None,
    progress: bool = False,
) -> SyntheticDataset:
    """Write synthetic people in Halpe's layout: ``annotations/halpe_{train,val}_v1.json`` and ``<split>/*.jpg``.

    All is as in COCO's layout (:func:`generate_coco`), the joints that both have too, but for the number of keypoints:
    Halpe's 136, of which the body's 26 come first. Small toes, face and hands have v = 0: the figure has none.

    Args:
        out_dir: The dataset's root; may exist, but hold no dataset other than this one.
        num_images: Images per split, of ``'train2015'`` and ``'val2017'``.
        seed: Image i of a split depends on the seed, the split, i and the options alone.
        options: What the images look like; easy ones of 256x256 pixels unless told.
        progress: Show a progress bar.

    Returns:
        What lies in ``out_dir`` now; a dataset made with the same inputs is reused.

    Raises:
        ValueError: For an unknown split, or when ``out_dir`` holds other data.
    """
    return write_dataset(out_dir, 'halpe', num_images, SPLITS, seed, options, progress, partial(write_split, HALPE))


def _place(person: SyntheticPerson) -> tuple[np.ndarray, np.ndarray]:
    xy, visibility = np.zeros((NUM_KEYPOINTS, 2)), np.zeros(NUM_KEYPOINTS, int)
    xy[_KNOWN], visibility[_KNOWN] = person.select(list(_POINTS.values()))
    (waist,), _ = person.select(['waist'])
    xy[_HIP] += _HIP_TO_WAIST * (waist - xy[_HIP])
    column, row = np.floor(xy[_HIP] + 0.5)
    height, width = person.silhouette.shape
    if not (0 <= column < width and 0 <= row < height):
        visibility[_HIP] = OUTSIDE
    return xy, visibility


HALPE = PeopleFile(
    layout='halpe',
    description='Synthetic people in the layout of Halpe',
    ann_files={'train2015': 'annotations/halpe_train_v1.json', 'val2017': 'annotations/halpe_val_v1.json'},
    keypoints=BODY,
    links=[],
    place=_place,
)
