"""Draws what was predicted of people, and who they are."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np

from unipose.skeletons import Skeleton

from .draw_skeleton import draw_skeleton
from .person import Person

_GOLDEN = 0.618034  # turns of the hue from one id to the next, which keeps any few that follow each other apart
_LIGHT = 140  # of 255; letters on what is lighter are black
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_people(
    image: np.ndarray,
    people: Sequence[Person],
    skeleton: Skeleton,
    kpt_thr: float = 0.5,
    radius: float | None = None,
    thickness: float | None = None,
) -> np.ndarray:
    """Draws people, of whom there may be none, and over the heads of those who were followed their ids.

    Everything else is as :func:`draw_skeleton` has it.
    """
    keypoints = np.array([person.keypoints for person in people]).reshape(-1, len(skeleton), 2)
    scores = np.array([person.scores for person in people]).reshape(keypoints.shape[:2])
    drawn = draw_skeleton(image, keypoints, scores, skeleton, kpt_thr, radius, thickness)
    for person in people:
        if person.track_id is not None:
            _draw_id(drawn, person.track_id, person.bbox)
    return drawn


def id_colour(track_id: int) -> tuple[int, int, int]:
    """The colour of an id, BGR."""
    red, green, blue = colorsys.hsv_to_rgb(track_id * _GOLDEN % 1, 0.75, 0.95)
    return round(255 * blue), round(255 * green), round(255 * red)


def _draw_id(image: np.ndarray, track_id: int, box: np.ndarray) -> None:
    """A plate with the number over the middle of a box, within the image."""
    height, width = image.shape[:2]
    scale = float(np.clip((box[3] - box[1]) / 400, 0.4, max(width, height) / 800 + 0.4))
    line, text = max(1, round(2 * scale)), str(track_id)
    (wide, high), _ = cv2.getTextSize(text, _FONT, scale, line)
    rim = max(2, round(5 * scale))
    plate = np.array([wide, high]) + 2 * rim
    corner = np.array([(box[0] + box[2] - plate[0]) / 2, box[1] - plate[1]])
    left, top = corner.clip(0, np.maximum(np.array([width, height]) - plate, 0)).astype(int).tolist()
    colour = id_colour(track_id)
    letters = (0, 0, 0) if np.dot(colour, (0.114, 0.587, 0.299)) > _LIGHT else (255, 255, 255)
    cv2.rectangle(image, (left, top), (left + int(plate[0]) - 1, top + int(plate[1]) - 1), colour, cv2.FILLED)
    cv2.putText(image, text, (left + rim, top + rim + high), _FONT, scale, letters, line, cv2.LINE_AA)
