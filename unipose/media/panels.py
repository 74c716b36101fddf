"""Pictures made of labelled panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

BACKGROUND = 24
WHITE = (255, 255, 255)
STRIP, GAP = 26, 12  # pixels: height of a line of text, between panels


def enlarged(image: np.ndarray, zoom: int) -> np.ndarray:
    """The image with every pixel ``zoom`` times as wide and high."""
    return np.ascontiguousarray(image.repeat(zoom, axis=0).repeat(zoom, axis=1))


def panel(image: np.ndarray, label: str, color: tuple[int, int, int] = WHITE, strip_height: int = STRIP) -> np.ndarray:
    """An image under its label, which is made smaller where it is wider than the image.

    Args:
        image: ``[H, W, 3]``, uint8, BGR.
        label: ASCII, which is all that OpenCV writes.
        color: Of the label, BGR.
        strip_height: Of the label, pixels.

    Returns:
        ``[H + strip_height, W, 3]``, uint8, BGR.
    """
    strip = np.full((strip_height, image.shape[1], 3), BACKGROUND, np.uint8)
    scale = strip_height / 52
    (width, _), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    scale *= min(1.0, (image.shape[1] - 4) / max(width, 1))
    place, thickness = (2, round(0.7 * strip_height)), max(1, strip_height // STRIP)
    cv2.putText(strip, label, place, cv2.FONT_HERSHEY_SIMPLEX, scale, color, thickness, cv2.LINE_AA)
    return np.vstack([strip, image])


def framed(panels: Sequence[np.ndarray], title: str = '') -> np.ndarray:
    """Panels beside each other, under a title."""
    height = max(one.shape[0] for one in panels)
    width = sum(one.shape[1] for one in panels) + GAP * (len(panels) + 1)
    picture = np.full((height + GAP, width, 3), BACKGROUND, np.uint8)
    left = GAP
    for one in panels:
        picture[: one.shape[0], left : left + one.shape[1]] = one
        left += one.shape[1] + GAP
    return panel(picture, f' {title}') if title else picture


def stacked(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures below each other."""
    width = max(picture.shape[1] for picture in pictures)
    return np.vstack(
        [
            cv2.copyMakeBorder(one, 0, 0, 0, width - one.shape[1], cv2.BORDER_CONSTANT, value=(BACKGROUND,) * 3)
            for one in pictures
        ]
    )


def side_by_side(pictures: Mapping[str, np.ndarray]) -> np.ndarray:
    """Pictures of one size, each under its name in letters that suit the size; a single one stays as it is."""
    if len(pictures) == 1:
        return next(iter(pictures.values()))
    height = max(picture.shape[0] for picture in pictures.values())
    return framed([panel(picture, name, strip_height=max(STRIP, height // 20)) for name, picture in pictures.items()])
