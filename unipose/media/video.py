"""Reads and writes videos."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from .inputs import InputError
from .kinds import decoder_name, is_live, is_webcam
from .lost_frames import lost_at_end, lost_within

_FPS = 25.0  # of a source that does not say
_MOST_FPS = 1000.0  # and above: a clock's rate that Matroska tells where there is none of frames
_EXACT_FPS = 60.0  # above, OpenCV cannot write every rate that is no whole number
_ROOM, _EVERY = 1 << 20, 100  # bytes on the disk, looked at before every so many frames
_SOUND = 0.5  # seconds
_MEASURED = 30  # frames that a rate is measured on
_TRIES = 500  # to read on behind damage: what is between two key frames may all be lost


class Frame(NamedTuple):
    """A picture ``[H, W, 3]``, uint8, BGR, and when it is shown, seconds."""

    image: np.ndarray
    seconds: float = 0.0


class VideoReader:
    """Frames of a video file, a webcam or a stream; of a damaged file those behind the damage, too.

    Args:
        source: A file, the number of a webcam, or a URL that OpenCV opens.

    Attributes:
        fps: Frames per second; 25 where the source does not say.
        size: Width and height, pixels.
        num_frames: What the file claims to have, or a guess from its length; None of a webcam, a stream, or where it
            does not say.

    Raises:
        InputError: If it cannot be opened, or there is no frame in it.
    """

    def __init__(self, source: str | Path) -> None:
        self.source = str(source)
        self._is_file = not is_live(self.source)
        if self._is_file and not Path(self.source).is_file():
            raise InputError(f'no such video: {self.source}')
        is_device = is_webcam(self.source)
        self._capture = cv2.VideoCapture(int(self.source) if is_device else decoder_name(self.source))
        self._first = self._read() if self._capture.isOpened() else None
        if self._first is None:
            what = 'no such webcam' if is_device else 'no video that can be read, or there is no frame in it'
            raise InputError(f'{self.source}: {what}')
        # a camera's clock starts with the camera
        self._begin = 0.0 if self._is_file else self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        told, count = (self._capture.get(key) for key in (cv2.CAP_PROP_FPS, cv2.CAP_PROP_FRAME_COUNT))
        self.fps = told if 0 < told < _MOST_FPS else self._measured_fps()
        self._length = count / told if count > 0 and told > 0 else 0.0  # seconds; 0 where it does not say
        self.num_frames = (int(count) if told < _MOST_FPS else round(self._length * self.fps)) if self._length else None
        self.size = self._first.shape[1], self._first.shape[0]
        self._times: list[float] = []

    def __iter__(self) -> Iterator[Frame]:
        """Frames, once."""
        image = self._first
        try:
            while image is not None:
                self._times.append(self._time())
                yield Frame(image, self._times[-1])
                image = self._read()
        finally:
            self._capture.release()

    def close(self) -> None:
        """Lets go of it unread."""
        self._capture.release()

    def num_lost(self) -> int:
        """How many frames are missing of a file that was read to its end: damaged ones, and those that were cut off."""
        times, claimed = self._times, self.num_frames
        if not self._is_file or not claimed or len(times) >= claimed:
            return 0
        # AVI counts its frames; of others the length is known, and sound may go on without the picture
        spare = 0.5 / self.fps if _is_avi(self.source) else _SOUND
        within = lost_within(times, self.fps)
        at_end = lost_at_end(times, self.fps, self._length, spare)
        # the index of a film that was trimmed may still count what is not shown any more
        return within + (at_end if at_end and count_packets(self.source) < claimed else 0)

    def _read(self) -> np.ndarray | None:
        for _ in range(_TRIES if self._is_file else 1):
            readable, image = self._capture.read()
            if readable:
                return image
        return None

    def _time(self) -> float:
        """When the frame that was read last is shown."""
        told, times = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 - self._begin, self._times
        if not times:
            return max(told, 0.0)
        return told if told > times[-1] else times[-1] + 1 / self.fps  # no clock, or one that was set back

    def _measured_fps(self) -> float:
        """Mean rate of the first frames of a file that tells none."""
        if not self._is_file:
            return _FPS
        capture, times = cv2.VideoCapture(decoder_name(self.source)), []
        while len(times) <= _MEASURED and capture.grab():
            times.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        capture.release()
        return (len(times) - 1) / (times[-1] - times[0]) if times and times[-1] > times[0] else _FPS


class VideoWriter:
    """Writes a video file, which is there only once it is whole: MP4, or WebM, which browsers play, by its suffix.

    Args:
        path: The file.
        fps: Frames per second.
        size: Width and height, pixels; frames of another size are stretched to it.

    Raises:
        OSError: If it cannot be written, as when the disk is full.
    """

    def __init__(self, path: str | Path, fps: float, size: tuple[int, int]) -> None:
        self.path, self.size = Path(path), size
        self._part = self.path.with_name(f'.{self.path.stem}.part{self.path.suffix}')
        self._written = 0
        codec = cv2.VideoWriter_fourcc(*('VP80' if self.path.suffix == '.webm' else 'mp4v'))
        fps = fps if fps <= _EXACT_FPS else round(fps)
        self._writer = cv2.VideoWriter(decoder_name(self._part), codec, fps, size)
        if not self._writer.isOpened():
            self._part.unlink(missing_ok=True)
            raise OSError(f'cannot write a video to {self.path}')

    def write(self, frame: np.ndarray) -> None:
        """Adds a frame ``[H, W, 3]``, uint8, BGR.

        Raises:
            OSError: If the disk is full.
        """
        if frame.shape[1::-1] != self.size:  # which OpenCV would leave out without a word
            frame = cv2.resize(frame, self.size)
        if self._written % _EVERY == 0 and shutil.disk_usage(self.path.parent).free < _ROOM:
            raise OSError(f'cannot write {self.path}: the disk is full; make room, or name another folder')
        self._writer.write(frame)
        self._written += 1

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        self._writer.release()
        try:
            if kind is None:
                self._check()
                os.replace(self._part, self.path)
        finally:
            self._part.unlink(missing_ok=True)

    def _check(self) -> None:
        """OpenCV does not tell that what it wrote did not reach the disk."""
        kept = count_packets(self._part)
        if kept < self._written:
            raise OSError(
                f'cannot write {self.path}: {kept} of {self._written} frames reached the disk; is it full? Make room, '
                'or name another folder'
            )


def count_packets(path: str | Path) -> int:
    """How many frames there are in a video file, which are not decoded; 0 where it cannot be opened."""
    capture = cv2.VideoCapture(decoder_name(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    count = 0
    while capture.grab():
        count += 1
    capture.release()
    return count


def _is_avi(path: str) -> bool:
    """Whether a file is one by its first bytes."""
    with open(path, 'rb') as file:
        start = file.read(12)
    return start[:4] == b'RIFF' and start[8:] == b'AVI '
