#!/usr/bin/env bash
# pycocotools 2.0.11 never counts an annotation whose id is 0 as found.
#
# Guess: ids of annotations are names, so numbering them from 0 or from 1 scores the same.
# Seen: predictions that are the ground truth itself have a keypoint AP of 1.0 with ids from 1, and 0.835 with ids from 0
# (12 people): a match is kept as the annotation's id, and 0 there means that nothing was matched.
# What follows: number annotations from 1 before COCOeval sees them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==1.26.4 pycocotools==2.0.11
"$folder/env/bin/python" - <<'PYTHON'
import contextlib
import io
from importlib.metadata import version

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def keypoint_ap(first_id: int) -> float:
    """AP of 12 people, each alone in a picture, predicted exactly."""
    people = []
    for n in range(12):
        points = [value for j in range(17) for value in (60 + 10 * j, 40 + 8 * j, 2)]
        person = dict(image_id=n + 1, category_id=1, keypoints=points, num_keypoints=17, iscrowd=0)
        people.append(dict(person, id=n + first_id, bbox=[50, 30, 200, 180], area=36000))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = dict(
            images=[dict(id=n + 1, width=320, height=240) for n in range(12)],
            annotations=people,
            categories=[dict(id=1, name='person')],
        )
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes([
            {key: person[key] for key in ('image_id', 'category_id', 'keypoints')} | dict(score=0.9) for person in people
        ]), 'keypoints')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0])


from_1, from_0 = keypoint_ap(1), keypoint_ap(0)
print(f'pycocotools {version("pycocotools")}: AP {from_1:.3f} with ids from 1, {from_0:.3f} with ids from 0')
assert round(from_1, 3) == 1.0 and from_0 < 0.95, 'ids count alike now'
PYTHON
