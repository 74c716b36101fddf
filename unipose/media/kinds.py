"""Which files are images and which are videos: what the decoders say, since suffixes lie."""

from __future__ import annotations

import os
from pathlib import Path

import cv2

from unipose.files.read_with_pillow import plug_in_for

IMAGE_SUFFIXES = (
    *('.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.bmp', '.dib', '.webp', '.tif', '.tiff', '.jp2', '.j2k', '.jxl'),
    *('.avif', '.heic', '.heif', '.hif', '.ppm', '.pgm', '.pbm', '.pnm'),
)
VIDEO_SUFFIXES = (
    *('.mp4', '.m4v', '.mov', '.qt', '.3gp', '.3g2', '.avi', '.mkv', '.webm', '.wmv', '.asf', '.flv', '.f4v', '.gif'),
    *('.mpg', '.mpeg', '.mpe', '.m2v', '.vob', '.ts', '.mts', '.m2ts', '.mxf', '.dv', '.ogv', '.h264', '.hevc'),
)


def decoder_name(path: str | Path) -> str | bytes:
    """A file's name as OpenCV takes it: bytes, where it is no text."""
    return os.fsencode(path) if any('\ud800' <= letter <= '\udfff' for letter in str(path)) else str(path)


def is_live(source: str) -> bool:
    """Whether an input is a webcam by its number or a stream by its URL."""
    return '://' in source or is_webcam(source)


def is_webcam(source: str) -> bool:
    """Whether an input is a number that is no file's name."""
    return source.isdigit() and not Path(source).exists()


def has_image_start(path: str | Path) -> bool:
    """Whether a file starts as an image does that OpenCV decodes, or Pillow with a plug-in.

    The latter must not come to a decoder of videos: of a phone's HEIC that takes one tile for the whole.
    """
    try:
        with open(path, 'rb') as file:
            start = file.read(12)
    except OSError:  # told by who reads it
        return False
    return plug_in_for(start) is not None or cv2.haveImageReader(decoder_name(path))


def is_video(source: str | Path) -> bool:
    """Whether an input is a video, a webcam or a stream: by its first frame where its suffix is not a video's.

    A GIF is a video. What is not there, or cannot be decoded, is what its suffix says.
    """
    source = str(source)
    suffix = Path(source).suffix.lower()
    if is_live(source):
        return True
    if has_image_start(source):
        return suffix == '.gif'
    return suffix in VIDEO_SUFFIXES or (Path(source).is_file() and _has_frame(source))


def _has_frame(path: str) -> bool:
    capture = cv2.VideoCapture(decoder_name(path))
    try:
        return capture.isOpened() and capture.grab()
    finally:
        capture.release()
