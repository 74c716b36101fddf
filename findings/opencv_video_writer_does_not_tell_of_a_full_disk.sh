#!/usr/bin/env bash
# OpenCV 4.14's VideoWriter does not tell that its frames did not reach the disk.
#
# Guess: write() or release() raises, or isOpened() is False afterwards, where the disk is full.
# Seen: with files limited to 20 kB, 60 frames are written without a word, and what is left cannot be opened.
# What follows: write beside the final name, open the file again and count its packets before it takes its place.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 opencv-python-headless==4.14.0.94
OPENCV_FFMPEG_LOGLEVEL=-8 "$folder/env/bin/python" - "$folder" <<'PYTHON'
import resource
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


path = f'{sys.argv[1]}/film.mp4'
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
write(path)
readable = cv2.VideoCapture(path).isOpened()
print(f'OpenCV {cv2.__version__}: 60 frames written onto a full disk, no error; the file opens: {readable}')
assert not readable, 'the file is whole'
PYTHON
