"""Shows pictures on the screen."""

from __future__ import annotations

import os
import sys

import cv2
import numpy as np

_ENDS = (ord('q'), 27)  # Escape
_TITLE = 'unipose (q or Escape ends)'


class Screen:
    """A window that pictures are shown in.

    Raises:
        ValueError: If there is no display, or OpenCV was built without windows.
    """

    def __init__(self) -> None:
        headless = sys.platform.startswith('linux') and not {'DISPLAY', 'WAYLAND_DISPLAY'} & set(os.environ)
        if headless:  # Qt would end the process
            raise ValueError('there is no display to show pictures on; leave out --show, the pictures are written too')
        try:
            cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
        except cv2.error as error:
            raise ValueError(
                'this OpenCV has no windows (opencv-python-headless); for --show, install opencv-python of the same '
                'version in its place'
            ) from error

    def show(self, image: np.ndarray, wait: int) -> bool:
        """Shows a picture.

        Args:
            image: ``[H, W, 3]``, uint8, BGR.
            wait: For a key, milliseconds; 0 until there is one.

        Returns:
            Whether to go on: neither q nor Escape was pressed, and the window is open.
        """
        cv2.imshow(_TITLE, image)
        key = cv2.waitKey(wait)
        return key not in _ENDS and cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) >= 1
