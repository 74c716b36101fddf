#!/usr/bin/env bash
# pycocotools 2.0.11 takes the area of a keypoint result from its bbox where it has one, and AP (M) and AP (L) with it.
#
# Guess: results of keypoints are scored by their keypoints, and a bbox beside them is for whoever draws it.
# Seen: AP stays, AP (M) goes from 0.5 to 1.0 and AP (L) from 1.0 to 0.5 by a bbox twice as wide and high as the person: a
# result that matches nobody counts against the size of person that its own area is of.
# What follows: write no bbox beside keypoints.
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


def scored(with_bbox: bool) -> list[float]:
    """AP, AP (M) and AP (L): a medium and a large person who are found, and a medium one in the wrong place, surest."""
    truth, results = [], []
    for image, (side, moved) in enumerate([(60, 0), (200, 0), (60, 300)], start=1):
        places = [(50 + side * j / 17, 50 + side * ((5 * j) % 17) / 17) for j in range(17)]
        person = dict(id=image, image_id=image, category_id=1, iscrowd=0, num_keypoints=17)
        person |= dict(bbox=[50, 50, side, side], area=0.53 * side * side)
        truth.append(dict(person, keypoints=[value for x, y in places for value in (x, y, 2)]))
        if moved:
            truth.pop()
        found = [value for x, y in places for value in (x + moved, y + moved, 1)]
        result = dict(image_id=image, category_id=1, keypoints=found, score=0.9 if moved else 0.8)
        results.append(dict(result, bbox=[50 + moved, 50 + moved, 2 * side, 2 * side]) if with_bbox else result)
    with contextlib.redirect_stdout(io.StringIO()):
        annotations = COCO()
        images = [dict(id=image, width=640, height=640) for image in (1, 2, 3)]
        annotations.dataset = dict(images=images, annotations=truth, categories=[dict(id=1, name='person')])
        annotations.createIndex()
        evaluation = COCOeval(annotations, annotations.loadRes(results), 'keypoints')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [round(float(evaluation.stats[i]), 2) for i in (0, 3, 4)]


bare, boxed = scored(False), scored(True)
print(f'pycocotools {version("pycocotools")}: AP, AP (M), AP (L) {bare} without a bbox, {boxed} with one')
assert bare[0] == boxed[0] and bare[1:] != boxed[1:], 'a bbox changes other numbers now'
PYTHON
