#!/usr/bin/env bash
# OpenCV 4.14's VideoCapture says False at a damaged packet, and reads on where it is asked again.
#
# Guess: read() returns False at the end of a video.
# Seen: of 60 frames in MPEG-4, 400 bytes of which are rubbish, it returns 18, then False, and asked again 41 more.
# What follows: ask several times before a file is taken for finished, and compare what came with what the file claims.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 opencv-python-headless==4.14.0.94
OPENCV_FFMPEG_LOGLEVEL=-8 "$folder/env/bin/python" - "$folder" <<'PYTHON'
import sys

import cv2
import numpy as np


def write(path: str, frames: int = 60) -> None:
    """A picture that wanders."""
    small = np.random.default_rng(0).integers(0, 256, (15, 20, 3), np.uint8)
    picture = cv2.resize(small, (160, 120), interpolation=cv2.INTER_CUBIC)
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*'mp4v'), 10, (160, 120))
    for number in range(frames):
        writer.write(np.roll(picture, 3 * number, axis=1))
    writer.release()


path = f'{sys.argv[1]}/film.mov'
write(path)
with open(path, 'r+b') as file:
    content = file.read()
    file.seek(len(content) // 3)
    file.write(np.random.default_rng(0).bytes(400))
capture, read, first_end = cv2.VideoCapture(path), 0, None
for _ in range(600):
    if capture.read()[0]:
        read += 1
    elif first_end is None:
        first_end = read
print(f'OpenCV {cv2.__version__}: of 60 frames {first_end} before the first False, {read} in all')
assert first_end < 30 < 55 < read < 60, 'it reads on by itself, or not at all, now'
PYTHON
