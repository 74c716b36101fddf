"""When the frames of a video are shown."""

from __future__ import annotations


class FrameClock:
    """Takes the times of frames, one after another.

    Args:
        fps: Frames per second, of frames whose times are not told.
        whose: Who goes by them, for messages.

    Attributes:
        now: When the last frame is shown, seconds; None before the first.
    """

    def __init__(self, fps: float, whose: str) -> None:
        self.fps, self._whose = fps, whose
        self.now: float | None = None

    def tick(self, seconds: float | None = None) -> float:
        """Says when the next frame is shown, seconds.

        Args:
            seconds: What is told of it; by default it follows at a constant rate.

        Raises:
            ValueError: If it is not later than the one before.
        """
        now = seconds if seconds is not None else 0.0 if self.now is None else self.now + 1.0 / self.fps
        if self.now is not None and now <= self.now:
            raise ValueError(f'a frame at {now} s cannot follow one at {self.now} s; take another {self._whose}')
        self.now = now
        return now
