"""Reads and writes videos."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from .image_files import VIDEO_SUFFIXES, InputError

_FPS = 25.0  # of a source that does not say
_EXACT_FPS = 60.0  # above, OpenCV cannot write every rate that is no whole number


def is_video(source: str) -> bool:
    """Whether an input is a video file by its name, a webcam by its number, or a stream by its URL."""
    return _is_webcam(source) or '://' in source or Path(source).suffix.lower() in VIDEO_SUFFIXES


def _is_webcam(source: str) -> bool:
    return source.isdigit() and not Path(source).exists()


class VideoReader:
    """Frames of a video file, a webcam or a stream.

    Args:
        source: A file, the number of a webcam, or a URL that OpenCV opens.

    Attributes:
        fps: Frames per second; 25 where the source does not say.
        size: Width and height, pixels.
        num_frames: What the file claims to have; None of a webcam, a stream, or where it does not say.

    Raises:
        InputError: If it cannot be opened, or there is no frame in it.
    """

    def __init__(self, source: str | Path) -> None:
        self.source = str(source)
        is_device = _is_webcam(self.source)
        if not (is_device or '://' in self.source or Path(self.source).is_file()):
            raise InputError(f'no such video: {self.source}')
        self._capture = cv2.VideoCapture(int(self.source) if is_device else self.source)
        readable, self._first = self._capture.read() if self._capture.isOpened() else (False, None)
        if not readable:
            what = 'no such webcam' if is_device else 'no video that can be read, or there is no frame in it'
            raise InputError(f'{self.source}: {what}')
        fps, count = (self._capture.get(key) for key in (cv2.CAP_PROP_FPS, cv2.CAP_PROP_FRAME_COUNT))
        self.fps = fps if 0 < fps < 1000 else _FPS
        self.num_frames = int(count) if count > 0 else None
        self.size = self._first.shape[1], self._first.shape[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        """Frames ``[H, W, 3]``, uint8, BGR, once."""
        frame = self._first
        try:
            while frame is not None:
                yield frame
                readable, frame = self._capture.read()
                frame = frame if readable else None
        finally:
            self._capture.release()


class VideoWriter:
    """Writes a video file, which is there only once it is whole: MP4, or WebM, which browsers play, by its suffix.

    Args:
        path: The file.
        fps: Frames per second.
        size: Width and height, pixels.

    Raises:
        OSError: If it cannot be written.
    """

    def __init__(self, path: str | Path, fps: float, size: tuple[int, int]) -> None:
        self.path = Path(path)
        self._part = self.path.with_name(f'.{self.path.stem}.part{self.path.suffix}')
        codec = cv2.VideoWriter_fourcc(*('VP80' if self.path.suffix == '.webm' else 'mp4v'))
        fps = fps if fps <= _EXACT_FPS else round(fps)
        self._writer = cv2.VideoWriter(str(self._part), codec, fps, size)
        if not self._writer.isOpened():
            raise OSError(f'cannot write a video to {self.path}')

    def write(self, frame: np.ndarray) -> None:
        """Adds a frame ``[H, W, 3]``, uint8, BGR."""
        self._writer.write(frame)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        self._writer.release()
        if kind is None:
            os.replace(self._part, self.path)
        else:
            self._part.unlink(missing_ok=True)
