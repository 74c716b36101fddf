#!/usr/bin/env bash
# rtmlib 0.0.16's PoseTracker takes ids for places in a list: once the first person has left, everybody else is somebody
# new in every frame, and det_frequency counts no more.
#
# Guess: with det_frequency=5 the detector runs on every fifth frame, and who stands still keeps an id.
# Seen: of two people one leaves; from the next detection on the other has another id in each of 10 frames, and the
# detector is asked on all of them. Keypoints are put in order by keypoints[id]; with id 1 of one person that raises
# IndexError, which `except: # noqa` takes, before last boxes and the number of the frame are kept. In an empty picture,
# moreover, one person is found, as large as the picture.
# What follows: tracking=False where people come and go, identities from elsewhere, and no pose model on an empty picture.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 opencv-python-headless==4.14.0.94 onnxruntime==1.32.0 tqdm==4.70.1
"$folder/env/bin/pip" install -q --no-deps rtmlib==0.0.16
"$folder/env/bin/python" - <<'PYTHON'
import numpy as np
from rtmlib import PoseTracker


class Detector:
    """Finds the people it is told of, without a mistake."""

    det_mode = 'human'
    boxes, asked = [], 0

    def __call__(self, image):
        self.asked += 1
        return np.array(self.boxes, float).reshape(-1, 4)


class Pose:
    """Keypoints along each box's diagonal; without a box it takes the picture, as rtmlib's RTMPose does."""

    def __call__(self, image, bboxes=()):
        boxes = np.array(bboxes if len(bboxes) else [[0, 0, image.shape[1], image.shape[0]]], float)
        share = np.linspace(0, 1, 17)[:, None]
        keypoints = boxes[:, None, :2] * (1 - share) + boxes[:, None, 2:] * share
        return keypoints, np.ones(keypoints.shape[:2])


class Solution:
    def __init__(self, **_):
        self.det_model, self.pose_model = Detector(), Pose()


tracker, image = PoseTracker(Solution, det_frequency=5), np.zeros((400, 800, 3), np.uint8)
left, right = [0, 0, 100, 200], [300, 0, 400, 200]
ids, asked = [], []
for frame in range(20):
    tracker.det_model.boxes = [left, right] if frame < 5 else [right]
    before = tracker.det_model.asked
    tracker(image)
    ids.append(list(tracker.track_ids_last_frame))
    asked.append(tracker.det_model.asked - before)
print(f'two people: ids {ids[4]}; the left one has gone: ids {ids[10:]}, detector asked {sum(asked[10:])} times in 10 frames')
tracker = PoseTracker(Solution)
print(f'an empty picture: {len(tracker(image)[0])} person found')
assert ids[4] == [0, 1] and len({one[0] for one in ids[10:]}) == 10 and sum(asked[10:]) == 10, 'it keeps ids now'
assert len(tracker(image)[0]) == 1, 'nobody is found where nobody is, now'
PYTHON
