"""How many frames a video has lost, by what it says of itself and when those came that are there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_STEADY, _NEAR = 0.98, 0.3  # share of a video's steps that last a frame, and how nearly, where its rate is constant


def lost_within(times: Sequence[float], fps: float) -> int:
    """Frames missing between others, of a video of constant rate; 0 of another, whose gaps mean nothing.

    Args:
        times: When the frames are shown, seconds.
        fps: Frames per second.

    >>> lost_within([*range(99), 101], 1.0), lost_within([0, 1, 3, 4, 8], 1.0)
    (2, 0)
    """
    steps = np.diff(times) * fps
    if not len(steps) or (np.abs(steps - 1) < _NEAR).mean() < _STEADY:
        return 0
    return int((steps.round() - 1).clip(0).sum())


def lost_at_end(times: Sequence[float], fps: float, length: float, spare: float) -> int:
    """Frames missing behind the last one.

    Args:
        times: When the frames are shown, seconds.
        fps: Frames per second.
        length: Of the video, seconds.
        spare: By how much it may be longer than its picture, seconds.

    >>> [lost_at_end([0, 0.1, 0.2], 10.0, length, spare=0.5) for length in (3.0, 0.4)]
    [27, 0]
    """
    missing = length - times[-1] - 1 / fps
    return round(missing * fps) if missing > spare else 0
