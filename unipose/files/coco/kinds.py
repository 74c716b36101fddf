"""What may be wrong with an annotation file: what all that read it refuse, and what is odd, read and told."""

from __future__ import annotations

from typing import NamedTuple

LEVELS = ('fault', 'suspicion', 'note')
"""What is wrong; what may be, as only a look tells; what is as it should be, but good to know."""


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


KINDS = {
    'broken-entry': Kind(
        'fault', 'an entry of the file is not as its layout has it', 'complete or correct it, or take it out'
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
        'fault',
        'a person has more or fewer keypoints than the skeleton',
        "write x, y, v for each of its keypoints; in MPII's layout joints and joints_vis",
    ),
    'not-a-number': Kind(
        'fault', 'a coordinate is no finite number', 'correct it; write 0, 0, 0 where nothing is known'
    ),
    'visibility': Kind(
        'fault', 'a visibility is none of 0, 1, 2', '0 is not labelled, 1 labelled but hidden, 2 visible; no scores'
    ),
    'area': Kind(
        'fault',
        'an area is none of a person, in pixels',
        'write the pixels that the person covers, or leave area out: AP then takes 0.53 of the box',
    ),
    'box-empty': Kind(
        'fault',
        'a box is missing, empty or not of four numbers',
        "write x, y, width, height in pixels, the last two > 0; in MPII's layout center and a scale > 0",
    ),
    'box-outside': Kind('fault', 'a box lies outside its image', 'correct it; boxes are x, y, width, height in pixels'),
    'image-size': Kind(
        'fault',
        'an image is not of the size that the file says',
        'write the size that the image has as one sees it, turned as its EXIF says, and see that the labels fit it',
    ),
    'nobody': Kind('fault', 'there is nobody to learn from or to score', 'see why each was left out'),
    'other-names': Kind(
        'suspicion',
        'the file calls some keypoints otherwise than the skeleton',
        'see that they are the same points: training goes by place, not by name',
    ),
    'num-keypoints': Kind(
        'suspicion',
        'num_keypoints is not the number of labelled keypoints',
        'write the number of those with v > 0, which is what counts here',
    ),
    'corner-keypoints': Kind(
        'suspicion', 'keypoints at exactly 0, 0 are labelled', 'write v = 0 where a keypoint is not labelled'
    ),
    'box-no-size': Kind(
        'suspicion',
        'the box of a person with labelled keypoints has no width or no height',
        'write the box that holds the person; until then they are left out, neither to be found nor wrong to find',
    ),
    'small-area': Kind(
        'suspicion',
        'the area of a person is less than a thousandth of the box',
        'see that it is in pixels; who has so little of it is hardly ever found, as AP has it',
    ),
    'categories': Kind(
        'suspicion',
        'people are of several categories, or of one that the file does not list',
        'all of them are trained on and scored, as one; take out who is no person',
    ),
    'no-area': Kind('suspicion', 'people have no area, which AP goes by', 'write it; until then it is 0.53 of the box'),
    'area-of-box': Kind(
        'suspicion',
        'areas are those of the boxes',
        'AP comes out higher than by the area of the person itself, as COCO has it; 0.53 of the box is usual',
    ),
    'box-corners': Kind('suspicion', 'boxes look like corners', 'write x, y, width, height, not x1, y1, x2, y2'),
    'not-pixels': Kind('suspicion', 'boxes and keypoints look like shares', 'write all of them in pixels'),
    'label-studio': Kind(
        'suspicion',
        "the file looks like Label Studio's COCO export, which makes one person of all in a picture and marks hidden "
        'keypoints as visible',
        'export JSON, and convert it: unipose convert label-studio',
    ),
    'image-name': Kind(
        'suspicion',
        'images are named otherwise than they are found in the folder',
        'see that they are the right ones, and write their names relative to the folder',
    ),
    'detections': Kind(
        'suspicion',
        'detected boxes are left out',
        'see that they are of these images: the others count neither for nor against a model',
    ),
    'left-out': Kind(
        'note', 'an annotation is a crowd, of another category or without labelled keypoints', 'nothing: it is left out'
    ),
}
"""All kinds of remarks on COCO's annotation files by name, the worst first."""
