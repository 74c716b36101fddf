"""Draws what ground truth and models say of one person: where, and how sure along each axis."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import torch
from torch import Tensor

from unipose.media.panels import BACKGROUND, enlarged, framed, panel
from unipose.people import draw_skeleton
from unipose.simcc import SimCCBins, SimCCTarget
from unipose.skeletons import Skeleton

_HEIGHT = 256  # pixels that a small input is enlarged to, in whole steps
_THICKNESS = 4  # pixels of a keypoint's line among the distributions


def draw_targets(
    image: np.ndarray,
    targets: Mapping[str, SimCCTarget],
    skeleton: Skeleton,
    bins: SimCCBins,
    title: str = '',
    kpt_thr: float = 0.3,
) -> np.ndarray:
    """Draws the student's input, and beside it a panel of each target.

    A panel has the most probable places of the keypoints on the image, and under and right of it their distributions
    along x and y, a line of each keypoint in its colour, from dark to bright as the square root of the probability; a
    line is as bright as its colour where a perfect label would peak.

    Args:
        image: The student's input, ``[H, W, 3]``, uint8, BGR.
        targets: By title, each of one sample, ``[1, K]``.
        skeleton: The keypoints' skeleton.
        bins: The targets' bins.
        title: Text above everything.
        kpt_thr: Least weight of a keypoint that is drawn on the image; lines of distributions are drawn of all that
            have any.

    Returns:
        The picture, ``[H', W', 3]``, uint8, BGR.
    """
    zoom = max(1, -(-_HEIGHT // image.shape[0]))
    panels = [panel(enlarged(image, zoom), 'input')]
    panels += [
        panel(draw_target(image, target, skeleton, bins, zoom, kpt_thr), name) for name, target in targets.items()
    ]
    return framed(panels, title)


def draw_target(
    image: np.ndarray, target: SimCCTarget, skeleton: Skeleton, bins: SimCCBins, zoom: int = 1, kpt_thr: float = 0.3
) -> np.ndarray:
    """One of the panels of :func:`draw_targets`, the image in it ``zoom`` times as large."""
    places = (bins.decode(target).numpy() + 0.5) * zoom - 0.5
    drawn = draw_skeleton(enlarged(image, zoom), places, target.weight.numpy(), skeleton, kpt_thr)
    return _with_distributions(drawn, target, skeleton, bins)


def _with_distributions(drawn: np.ndarray, target: SimCCTarget, skeleton: Skeleton, bins: SimCCBins) -> np.ndarray:
    height, width = drawn.shape[:2]
    known = target.weight[0] > 0
    x, y = (
        _lines(rows[0], known, skeleton, peak, length)
        for rows, peak, length in zip(target.axes, bins.label_peaks, (width, height), strict=True)
    )
    corner = np.full((x.shape[0], x.shape[0], 3), BACKGROUND, np.uint8)
    return np.vstack([np.hstack([drawn, y.transpose(1, 0, 2)]), np.hstack([x, corner])])


def _lines(rows: Tensor, known: Tensor, skeleton: Skeleton, peak: float, length: int) -> np.ndarray:
    """Distributions ``[K, W]`` as lines of ``length`` pixels below each other."""
    shade = torch.where(known[:, None], (rows / peak).clamp(0, 1).sqrt(), 0.0).numpy().astype(np.float32)
    shade = cv2.resize(shade, (length, len(shade)), interpolation=cv2.INTER_AREA).repeat(_THICKNESS, 0)[..., None]
    colors = np.array([keypoint.color[::-1] for keypoint in skeleton.keypoints]).repeat(_THICKNESS, 0)[:, None]
    return (BACKGROUND + shade * (colors - BACKGROUND)).round().astype(np.uint8)
