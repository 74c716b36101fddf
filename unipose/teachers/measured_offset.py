"""How far right and below its targets a teacher predicts, and what of it is more than chance."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

_SMALLEST = 0.1  # pixels of the teacher's input: less moves no score


@dataclass(frozen=True)
class MeasuredOffset:
    """Mean signed error along x and y, pixels of the teacher's input.

    Args:
        x: To the right.
        y: Downwards.
        x_error: Its standard error over images, whose keypoints err together.
        y_error: That of ``y``.
        taken_out: What ``adapter.offset`` takes out already.
    """

    x: float
    y: float
    x_error: float
    y_error: float
    taken_out: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of(cls, errors: np.ndarray, images: np.ndarray, taken_out: tuple[float, float]) -> MeasuredOffset:
        """Measures keypoints that were found.

        Args:
            errors: Predicted less true place ``[N, 2]``, pixels of the teacher's input.
            images: Number of the image that each is in, ``[N]``.
            taken_out: ``adapter.offset`` as it was.
        """
        mean = errors.mean(0)
        _, image = np.unique(images, return_inverse=True)
        sums = np.stack([np.bincount(image, weights=axis) for axis in (errors - mean).T])
        x_error, y_error = np.sqrt((sums**2).sum(1)) / len(errors)
        return cls(*mean.tolist(), float(x_error), float(y_error), tuple(taken_out))

    @property
    def matters(self) -> bool:
        """Whether an axis is off by more than chance (three standard errors) and by what could move a score."""
        sides = ((self.x, self.x_error), (self.y, self.y_error))
        return any(abs(value) > max(3 * error, _SMALLEST) for value, error in sides)

    def facts(self) -> dict[str, object]:
        """Of plain values, for a JSON file."""
        return dict(asdict(self), taken_out=list(self.taken_out))

    def __str__(self) -> str:
        said = (
            f'offset of keypoints that are right: x {self.x:+.2f} ± {self.x_error:.2f}, '
            f'y {self.y:+.2f} ± {self.y_error:.2f} pixels of its input'
        )
        if not self.matters:
            return said
        x, y = (was + left for was, left in zip(self.taken_out, (self.x, self.y), strict=True))
        return f'{said}; take it out with adapter=dict(offset=({x:.2f}, {y:.2f}))'
