"""What may be wrong with a dataset, and one case of it."""

from __future__ import annotations

from typing import NamedTuple

from unipose.files.coco import KINDS as OF_FILES
from unipose.files.coco import LEVELS, Kind


class Finding(NamedTuple):
    """Something found.

    Args:
        kind: One of :data:`KINDS`.
        split: The set that it is in, such as ``train coco``.
        where: The annotation, image or entry.
        what: What was found there.
    """

    kind: str
    split: str
    where: str
    what: str


_OF_SETS = {
    'missing-image': Kind(
        'fault',
        'an image is not there',
        'copy it into the image folder, or take its people out of the file; if all are missing, name the folder that '
        'they are in (data_prefix; --images, --val-images)',
    ),
    'damaged-image': Kind(
        'fault', 'an image cannot be read whole', 'fetch it again; training puts the next person in its place'
    ),
    'broken-row': Kind(
        'fault',
        'a row of a label file cannot be read',
        'correct it, or take it out: class, box and keypoints, all as shares of width and height',
    ),
    'swapped-sides': Kind(
        'fault', 'left and right look swapped in the whole set', "left is the person's own left; swap the keypoints"
    ),
    'train-and-val': Kind(
        'fault', 'an image is in training and validation', 'take it out of one: scores on seen images say nothing'
    ),
    'does-not-load': Kind('fault', 'training cannot read the set', 'correct what its message says'),
    'keypoint-outside': Kind(
        'suspicion',
        'a labelled keypoint lies outside its image by more than 2 px and 5% of the longer side of its box',
        'correct it, or write 0, 0, 0: it can be neither seen nor learnt',
    ),
    'keypoint-off-box': Kind(
        'suspicion',
        "a labelled keypoint is farther from its person's box than half of the box's longer side",
        'see whether the keypoints or the box are of somebody else, or the pixels of another image size',
    ),
    'person-twice': Kind('suspicion', 'a person is annotated twice', 'take one of the two out'),
    'box-beyond': Kind(
        'suspicion',
        'a box reaches beyond its image by more than 2 px and 5% of its longer side',
        'right where a body goes on outside the image; else see that boxes are x, y, width, height in its pixels',
    ),
    'swapped-person': Kind(
        'suspicion', "a person's left and right look swapped", "look at the picture; left is the person's own left"
    ),
    'no-people': Kind('note', 'an image has nobody to learn from', 'nothing: training does not read it'),
}
KINDS = {name: kind for level in LEVELS for name, kind in {**OF_FILES, **_OF_SETS}.items() if kind.level == level}
"""All kinds of findings by name, the worst first; of files, and of images, people and sets beside each other."""
