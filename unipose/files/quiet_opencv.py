"""OpenCV's own lines on stderr."""

import os

import cv2


def quieten_opencv() -> None:
    """Leaves what is wrong with an image or a video to our own messages."""
    set_level = getattr(cv2, 'setLogLevel', None) or cv2.utils.logging.setLogLevel  # before and since OpenCV 4.13
    set_level(0)
    os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')
