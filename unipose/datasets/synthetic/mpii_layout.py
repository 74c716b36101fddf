"""Synthetic people as an MPII dataset, as MMPose reads it."""

from io import BytesIO
from pathlib import Path

import numpy as np
from scipy.io import savemat

from .figure import MPII_KEYPOINTS, landmark_names
from .layout import SyntheticDataset, render_split, write_annotations, write_dataset
from .scene import OUTSIDE, SceneOptions, SyntheticPerson

SPLITS = ('train', 'val')
# MPII's names of its joints in the ground-truth file, in the order of the joints.
JOINT_CODES = (
    *('rank', 'rkne', 'rhip', 'lhip', 'lkne', 'lank', 'pelv', 'thor', 'neck', 'head'),
    *('rwri', 'relb', 'rsho', 'lsho', 'lelb', 'lwri'),
)
_POINTS = landmark_names(MPII_KEYPOINTS, 'mpii')
_VAL_OFFSET = 500_000_000  # both splits share one folder of images
_ONE_BASED = 1.0
_CENTER_SHIFT = 15.0 / 200.0  # readers move the centre down by 15 px per scale unit (200 px)
# MPII's head boxes are generous: with this growth of the drawn head, 0.6 x diagonal is the length of an upright head.
_HEAD_BOX_GROWTH = 1.47


def generate_mpii(
    out_dir: str | Path,
    num_images: dict[str, int],
    seed: int = 0,
    options: SceneOptions | None = None,
    progress: bool = False,
) -> SyntheticDataset:
    """Write synthetic people in MPII's layout: ``annotations/mpii_<split>.json``, ``mpii_gt_val.mat`` and ``images``.

    As in MPII's files, all coordinates are **1-based**: joints, centre and head box are 1 greater than 0-based pixels.
    ``scale`` is the standing height in units of 200 px (about 6 heads), whatever the pose. ``center`` is the middle of
    the joints moved up by 15 px per scale unit, which readers (MMPose, HRNet) add back. Hidden joints are annotated
    (``joints_vis`` 1); joints outside the image are not (``joints_vis`` 0, coordinates -1). The ground-truth file has
    HRNet's keys; 0.6 times a head box's diagonal is about the distance of head_top and upper_neck.

    Args:
        out_dir: The dataset's root; may exist, but hold no dataset other than this one.
        num_images: Images per split, of ``'train'`` and ``'val'``.
        seed: Image i of a split depends on the seed, the split, i and the options alone.
        options: What the images look like; easy ones of 256x256 pixels unless told.
        progress: Show a progress bar.

    Returns:
        What lies in ``out_dir`` now; a dataset made with the same inputs is reused.

    Raises:
        ValueError: For an unknown split, or when ``out_dir`` holds other data.
    """
    return write_dataset(out_dir, 'mpii', num_images, SPLITS, seed, options, progress, _write_split)


def _write_split(root: Path, split: str, count: int, seed: int, options: SceneOptions, progress: bool) -> int:
    first = 1 + (_VAL_OFFSET if split == 'val' else 0)
    names = [f'{first + index:09d}.jpg' for index in range(count)]
    entries, head_boxes = [], []
    for index, persons in render_split(root / 'images', 'mpii', split, names, seed, options, progress):
        for person in persons:
            entries.append({**_entry(person), 'image': names[index]})
            head_boxes.append(_head_box(person))
    write_annotations(root / 'annotations' / f'mpii_{split}.json', entries)
    if split == 'val':
        _write_ground_truth(root / 'annotations' / 'mpii_gt_val.mat', entries, head_boxes)
    return len(entries)


def _entry(person: SyntheticPerson) -> dict:
    xy, visibility = person.select(_POINTS)
    inside = visibility != OUTSIDE
    joints = np.where(inside[:, None], xy + _ONE_BASED, -1.0)
    extent = joints[inside] if inside.any() else xy + _ONE_BASED
    middle = 0.5 * (extent.min(axis=0) + extent.max(axis=0))
    return {
        'joints_vis': inside.astype(int).tolist(),
        'joints': np.round(joints, 4).tolist(),
        'scale': round(person.standing_height / 200.0, 6),
        'center': np.round(middle - (0.0, _CENTER_SHIFT * person.standing_height), 2).tolist(),
    }


def _head_box(person: SyntheticPerson) -> np.ndarray:
    """The head's corners ``[2, 2]`` (first corner, second corner; x, y), 1-based."""
    corners = person.head_box.reshape(2, 2)
    middle = corners.mean(axis=0)
    return middle + _HEAD_BOX_GROWTH * (corners - middle) + _ONE_BASED


def _write_ground_truth(path: Path, entries: list[dict], head_boxes: list[np.ndarray]) -> None:
    joints = np.array([entry['joints'] for entry in entries])  # [N, K, 2]
    missing = 1 - np.array([entry['joints_vis'] for entry in entries])  # [N, K]
    stream = BytesIO()
    savemat(
        stream,
        {
            'dataset_joints': np.array(JOINT_CODES, dtype=object)[None],  # [1, K]
            'jnt_missing': missing.T.astype(np.uint8),  # [K, N]
            'pos_gt_src': joints.transpose(1, 2, 0),  # [K, 2, N]
            'headboxes_src': np.stack(head_boxes, axis=-1),  # [2, 2, N]
        },
    )
    # The first 116 bytes are free text in which SciPy writes the time; a fixed text keeps the file the same.
    path.write_bytes(
        b'MATLAB 5.0 MAT-file, synthetic people in the layout of MPII'.ljust(116) + stream.getvalue()[116:]
    )
