"""The runtime of an earlier commit, in a process of its own: two builds have one name, and cannot be in one process."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

_WORKER = """
import json, sys
import numpy as np
from unipose.runtime import OnnxPersonDetector, OnnxPoseEstimator

files, detector, frame = json.loads(sys.argv[1]), sys.argv[2], np.load(sys.argv[3])
models = {name: OnnxPoseEstimator(file) for name, file in files.items()}
search = OnnxPersonDetector(detector, (320, 320)) if detector else lambda _: None
print('ready', flush=True)
for line in sys.stdin:
    name, boxes = json.loads(line)
    search(frame)
    models[name](frame, np.array(boxes))
    print('done', flush=True)
"""


class EarlierBuild:
    """What unipose was at a commit, predicting a frame whenever it is asked; it waits without work in between.

    Args:
        revision: The commit.
        folder: Where its files are unpacked.
        files: Pose models by name.
        detector: An RTMDet, or None.
        frame: ``[H, W, 3]``, uint8, BGR.

    Raises:
        ValueError: If this is no clone that has the commit.
    """

    def __init__(
        self, revision: str, folder: Path, files: Mapping[str, Path], detector: str | None, frame: np.ndarray
    ) -> None:
        packed = subprocess.run(['git', 'archive', revision, 'unipose'], capture_output=True)
        if packed.returncode:
            raise ValueError(f'{revision} is no commit of this clone: {packed.stderr.decode().strip()}')
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(folder / 'earlier', filter='data')
        np.save(folder / 'frame.npy', frame)
        names = json.dumps({name: str(file) for name, file in files.items()})
        self._process = subprocess.Popen(
            [sys.executable, '-c', _WORKER, names, detector or '', str(folder / 'frame.npy')],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder / 'earlier',  # of which Python imports first
        )
        self._told()

    def __call__(self, name: str, boxes: np.ndarray) -> None:
        """Searches the frame for people, and predicts those in boxes with one of the models."""
        self._process.stdin.write(json.dumps([name, boxes.tolist()]) + '\n')
        self._process.stdin.flush()
        self._told()

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()

    def _told(self) -> None:
        if not self._process.stdout.readline():
            raise ValueError('the earlier build broke off, for the reason above')
