"""What may be wrong with a dataset, and one case of it."""

from __future__ import annotations

from typing import NamedTuple

LEVELS = ('fault', 'suspicion', 'note')
"""What is wrong; what only a look at the picture can tell; what is as it should be, but good to know."""


class Kind(NamedTuple):
    """A kind of finding.

    Args:
        level: One of :data:`LEVELS`.
        title: What it means.
        advice: What to do about it.
    """

    level: str
    title: str
    advice: str


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


KINDS = {
    'missing-image': Kind(
        'fault',
        'an image is not there',
        'copy it into the image folder, or take its people out of the file; if all are missing, name the folder that '
        'they are in (data_prefix; --images, --val-images)',
    ),
    'damaged-image': Kind(
        'fault', 'an image cannot be read whole', 'fetch it again; training puts the next person in its place'
    ),
    'image-size': Kind(
        'fault',
        'an image is not of the size that the file says',
        'write the size that the image has as one sees it, turned as its EXIF says, and see that the labels fit it',
    ),
    'broken-entry': Kind('fault', 'an entry of the file lacks what every one has', 'complete it, or take it out'),
    'broken-row': Kind(
        'fault',
        'a row of a label file cannot be read',
        'correct it, or take it out: class, box and keypoints, all as shares of width and height',
    ),
    'repeated-id': Kind('fault', 'two entries have one id', 'number them anew; one of them hides the other'),
    'orphan-annotation': Kind(
        'fault', 'an annotation is of an image that the file does not list', 'list the image, or take it out'
    ),
    'keypoint-names': Kind(
        'fault',
        "the file's keypoints are not the skeleton's",
        'name the skeleton that the file is annotated in, or write one (CONTRIBUTING.md, A skeleton)',
    ),
    'keypoint-order': Kind(
        'fault',
        "the file has the skeleton's keypoints in another order",
        "bring the skeleton's keypoints into the file's order: training goes by place, not by name",
    ),
    'keypoint-count': Kind(
        'fault', 'a person has more or fewer keypoints than the skeleton', 'write x, y, v for each of its keypoints'
    ),
    'not-a-number': Kind(
        'fault', 'a coordinate is no finite number', 'correct it; write 0, 0, 0 where nothing is known'
    ),
    'visibility': Kind(
        'fault', 'a visibility is none of 0, 1, 2', '0 is not labelled, 1 labelled but hidden, 2 visible; no scores'
    ),
    'num-keypoints': Kind(
        'fault',
        'num_keypoints is not the number of labelled keypoints',
        'write the number of those with v > 0; training leaves out whoever has 0 there',
    ),
    'box-empty': Kind(
        'fault',
        'a box is missing, empty or not of four numbers',
        'write x, y, width, height in pixels, the last two > 0',
    ),
    'box-outside': Kind('fault', 'a box lies outside its image', 'correct it; boxes are x, y, width, height in pixels'),
    'keypoint-outside': Kind(
        'fault',
        'a labelled keypoint lies outside its image by more than 2 px and 5% of the longer side of its box',
        'correct it, or write 0, 0, 0: it can be neither seen nor learnt',
    ),
    'keypoint-off-box': Kind(
        'fault',
        "a labelled keypoint is farther from its person's box than half of the box's longer side",
        'see whether the keypoints or the box are of somebody else, or the pixels of another image size',
    ),
    'person-twice': Kind('fault', 'a person is annotated twice', 'take one of the two out'),
    'swapped-sides': Kind(
        'fault', 'left and right look swapped in the whole set', "left is the person's own left; swap the keypoints"
    ),
    'train-and-val': Kind(
        'fault', 'an image is in training and validation', 'take it out of one: scores on seen images say nothing'
    ),
    'does-not-load': Kind('fault', 'training cannot read the set', 'correct what its message says'),
    'box-beyond': Kind(
        'suspicion',
        'a box reaches beyond its image by more than 2 px and 5% of its longer side',
        'right where a body goes on outside the image; else see that boxes are x, y, width, height in its pixels',
    ),
    'swapped-person': Kind(
        'suspicion', "a person's left and right look swapped", "look at the picture; left is the person's own left"
    ),
    'no-people': Kind('note', 'an image has nobody to learn from', 'nothing: training does not read it'),
    'left-out': Kind(
        'note', 'an annotation is a crowd, of another category or without labelled keypoints', 'nothing: it is left out'
    ),
}
"""All kinds of findings by name, the worst first."""
