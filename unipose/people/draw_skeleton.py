"""Draws people's keypoints and links on an image."""

from __future__ import annotations

import cv2
import numpy as np

from unipose.skeletons import Skeleton

_FRACTION_BITS = 4  # OpenCV draws at sub-pixel places when coordinates are integers of 1/16 pixel
_OUTLINE = (32, 32, 32)


def draw_skeleton(
    image: np.ndarray,
    keypoints: np.ndarray,
    scores: np.ndarray,
    skeleton: Skeleton,
    kpt_thr: float = 0.5,
    radius: float | None = None,
    thickness: float | None = None,
) -> np.ndarray:
    """Draws every person's skeleton, small and far people first.

    The default of ``kpt_thr`` suits students with an anchored head. Of a keypoint that such a student, with 192x256
    input, can only place to a standard deviation of 0, 4, 8, 12 or 24 pixels, the expected score is 0.97, 0.74, 0.59,
    0.50 or 0.26; a head is about 25 pixels high there. So at 0.3 places as wrong as a head's height would be drawn.

    Args:
        image: ``[H, W, 3]``, uint8, BGR; not changed.
        keypoints: ``[N, K, 2]``, image pixels, xy; those that are not finite are left out.
        scores: ``[N, K]``; keypoints below ``kpt_thr`` are left out, with their links.
        skeleton: The keypoints' skeleton; its colours are RGB and are turned into the image's BGR here.
        kpt_thr: Least score of a keypoint that is drawn.
        radius: Of the keypoints, pixels; by default in proportion to the person's size.
        thickness: Of the links, pixels; by default in proportion to the person's size.

    Returns:
        The drawn image, ``[H, W, 3]``, uint8, BGR.

    Raises:
        ValueError: If shapes do not fit the skeleton, or a size is not positive.
    """
    keypoints, scores = np.asarray(keypoints, np.float64), np.asarray(scores, np.float64)
    num = len(skeleton)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f'image must be [H, W, 3], uint8. Got: {image.shape}, {image.dtype}')
    if keypoints.ndim != 3 or keypoints.shape[1:] != (num, 2) or scores.shape != keypoints.shape[:2]:
        raise ValueError(
            f'skeleton {skeleton.name!r} takes keypoints [N, {num}, 2] and scores [N, {num}]. '
            f'Got: {keypoints.shape}, {scores.shape}'
        )
    for name, size in (('radius', radius), ('thickness', thickness)):
        if size is not None and not size > 0:
            raise ValueError(f'{name} must be positive. Got: {size}')

    drawn = image.copy()
    # far beyond the image nothing is seen, and OpenCV's fixed-point coordinates would overflow
    reach = 4 * max(image.shape[:2])
    near = (np.abs(np.nan_to_num(keypoints, nan=np.inf)) < reach).all(-1)
    shown = near & (scores >= kpt_thr)
    # how large a person is, unsure keypoints say too
    sizes = [_person_size(*of_one) for of_one in zip(keypoints, shown | near & (scores > 0), strict=True)]
    for i in np.argsort(sizes, kind='stable'):
        line = thickness or float(np.clip(sizes[i] / 80, 1.0, max(image.shape[:2]) / 160 + 1))
        _draw_person(drawn, keypoints[i], shown[i], skeleton, radius or 0.4 + 1.1 * line, line)
    return drawn


def _person_size(keypoints: np.ndarray, placed: np.ndarray) -> float:
    """Longer side of the box around the keypoints that have a place, pixels."""
    return float(np.ptp(keypoints[placed], axis=0).max()) if placed.any() else 0.0


def _draw_person(
    image: np.ndarray, keypoints: np.ndarray, shown: np.ndarray, skeleton: Skeleton, radius: float, thickness: float
) -> None:
    outline = max(0.5, 0.3 * thickness)
    links = [
        (keypoints[a], keypoints[b], link.color[::-1])
        for (a, b), link in zip(skeleton.link_indices, skeleton.links, strict=True)
        if shown[a] and shown[b]
    ]
    points = [(keypoints[k], skeleton.keypoints[k].color[::-1]) for k in np.flatnonzero(shown)]
    for start, end, _ in links:
        _bar(image, start, end, thickness / 2 + outline, _OUTLINE)
    for start, end, color in links:
        _bar(image, start, end, thickness / 2, color)
    for point, color in points:
        _disc(image, point, radius + outline, _OUTLINE)
        _disc(image, point, radius, color)


def _fixed(values: np.ndarray) -> np.ndarray:
    return np.round(values * (1 << _FRACTION_BITS)).astype(np.int32)


def _disc(image: np.ndarray, center: np.ndarray, radius: float, color: tuple[int, ...]) -> None:
    x, y = _fixed(center).tolist()
    cv2.circle(image, (x, y), int(_fixed(np.float64(radius))), color, -1, cv2.LINE_AA, _FRACTION_BITS)


def _bar(image: np.ndarray, start: np.ndarray, end: np.ndarray, half: float, color: tuple[int, ...]) -> None:
    """A line as a filled polygon, whose width, unlike that of cv2.line, may be a fraction of a pixel."""
    length = np.linalg.norm(end - start)
    if length < 1e-6:
        return
    along = (end - start) / length
    across = half * np.array([-along[1], along[0]])
    corners = np.stack([start + across, end + across, end - across, start - across])
    cv2.fillConvexPoly(image, _fixed(corners), color, cv2.LINE_AA, _FRACTION_BITS)
