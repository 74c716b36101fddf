"""Predictions of many images in one file: COCO's results format, a table, and lines for the frames of a video."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from unipose.files import GrowingFile, write_file
from unipose.media import VideoReader
from unipose.skeletons import Skeleton

from .person import Person, describe, frame_to_json


class CocoResults:
    """Collects predictions as COCO's keypoint results, which its evaluation reads; the file is there at the end.

    The box that a person was looked for in is ``box``, x, y, width, height. A ``bbox`` would give pycocotools the area,
    which it takes from the keypoints otherwise, as MMPose's evaluation and ours do; AP (M) and AP (L) depend on it.

    An image's id is its name where that is a number, as in COCO, and otherwise how many came before it; the next number
    that is free where another image has it.

    Args:
        path: The JSON file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self._records: list[dict] = []
        self._ids: set[int] = set()

    def add(self, name: str, people: Sequence[Person]) -> None:
        """Adds an image's people; ``name`` is its file name, or the number of a frame."""
        stem = Path(name).stem
        image_id = int(stem) if stem.isdecimal() else len(self._ids)
        while image_id in self._ids:
            image_id += 1
        self._ids.add(image_id)
        for person in people:
            values = np.concatenate([person.keypoints, person.scores[:, None]], -1)
            left, top, right, bottom = person.bbox.tolist()
            record = dict(
                image_id=image_id,
                file_name=name,
                category_id=1,
                keypoints=np.round(values.astype(np.float64).ravel(), 3).tolist(),
                score=person.score,  # of two with the same digits either may be first
                box=[round(value, 2) for value in (left, top, right - left, bottom - top)],
            )
            self._records.append(record if person.track_id is None else record | dict(track_id=person.track_id))

    def __enter__(self) -> CocoResults:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            write_file(self.path, (json.dumps(self._records, allow_nan=False) + '\n').encode())


class KeypointTable:
    """Writes predictions as CSV, a line for each keypoint; the file is there at the end.

    Args:
        path: The CSV file.
        skeleton: The skeleton of the people.
        tracked: Whether there is a column for who it is; without one a person is their number within an image.
    """

    def __init__(self, path: str | Path, skeleton: Skeleton, tracked: bool = False) -> None:
        self.skeleton, self.tracked, self._file = skeleton, tracked, GrowingFile(path)

    def add(self, name: str, people: Sequence[Person]) -> None:
        """Adds an image's people; ``name`` is its file name, or the number of a frame."""
        for number, person in enumerate(people):
            ids = [person.track_id] if self.tracked else []
            for keypoint, (x, y), score in zip(self.skeleton.names, person.keypoints, person.scores, strict=True):
                self._lines.writerow([name, number, keypoint, f'{x:.2f}', f'{y:.2f}', f'{score:.4f}', *ids])

    def __enter__(self) -> KeypointTable:
        self._lines = csv.writer(self._file.__enter__())
        self._lines.writerow(['image', 'person', 'keypoint', 'x', 'y', 'score', *['track_id'] * self.tracked])
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.__exit__(kind)


class FrameLines:
    """Writes predictions of a video as lines of JSON, what the keypoints are and each frame; it is there at the end.

    Args:
        path: The file.
        skeleton: The skeleton of the people.
        video: The video.
        name: What the video is called in it.
    """

    def __init__(self, path: str | Path, skeleton: Skeleton, video: VideoReader, name: str) -> None:
        width, height = video.size
        self._head = describe(skeleton, video=name, fps=video.fps, width=width, height=height)
        self._file, self._number = GrowingFile(path), 0

    def add(self, people: Sequence[Person], seconds: float) -> None:
        """Adds the next frame's people; ``seconds`` is when it is shown."""
        self._file.write(frame_to_json(people, self._number, seconds) + '\n')
        self._number += 1

    def __enter__(self) -> FrameLines:
        self._file.__enter__().write(json.dumps(self._head) + '\n')
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.__exit__(kind)
