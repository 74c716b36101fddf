#!/usr/bin/env bash
# MMPose 1.3.2 mirrors a whole picture about its width, and the people in it about its height, where the input is not square.
#
# Guess: RandomFlip behind BottomupRandomAffine, as DEKR's and RTMO's pipelines have them, mirrors a picture of any input size
# together with its keypoints and boxes.
# Seen: BottomupRandomAffine says input_size as width and height, and RandomFlip takes it for height and width. With an input of
# 256x128 keypoints lie 128 pixels beside what they are of; in square inputs, all that MMPose's configs have, nobody sees it.
# What follows: train models of whole pictures on square inputs, or mirror before the affine transform.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.2.6 mmengine==0.10.7 opencv-python==4.12.0.88 scipy==1.17.0 \
    pycocotools==2.0.11 'setuptools<81' munkres==1.1.4 json_tricks==3.17.3
"$folder/env/bin/pip" install -q --no-deps mmcv-lite==2.1.0 mmpose==1.3.2
"$folder/env/bin/python" - <<'PYTHON'
import sys
from unittest.mock import MagicMock

# xtcocotools has no wheel for numpy 2, and is not needed here
for name in ('xtcocotools', 'xtcocotools.coco', 'xtcocotools.cocoeval', 'xtcocotools.mask'):
    sys.modules[name] = MagicMock()
import mmpose
import numpy as np
from mmpose.datasets.transforms import BottomupRandomAffine, RandomFlip

for size in ((128, 128), (256, 128)):
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    picture[40:45, 30:35] = 255  # whose middle is at (32, 42)
    sample = dict(
        img=picture,
        img_shape=(height, width),
        keypoints=np.array([[[32.0, 42.0]]], np.float32),
        keypoints_visible=np.ones((1, 1), np.float32),
        flip_indices=[0],
    )
    still = dict(shift_prob=0.0, rotate_prob=0.0, scale_prob=0.0)
    for step in (BottomupRandomAffine(input_size=size, **still), RandomFlip(prob=1.0, direction='horizontal')):
        sample = step.transform(sample)
    there = float(np.argwhere(sample['img'][..., 0] > 128)[:, 1].mean())
    said = float(sample['keypoints'][0, 0, 0])
    print(f'mmpose {mmpose.__version__}, input {width}x{height}: the spot is at x = {there:.0f}, its keypoint at x = {said:.0f}')
    assert abs(there - said - (width - height)) < 1, 'they lie together now'
PYTHON
