"""What a teacher's confidence is worth: how often its keypoint is right when it is this sure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.optimize import isotonic_regression
from torch import Tensor

from unipose.checkpoints.locate import locate_file
from unipose.files import read_json, write_json

TOLERANCE = 0.05
"""Share of the height of the student's window within which a keypoint is right: the same pixels for every teacher."""

MAX_KNOTS = 20
_PER_KNOT = 50  # the share of 50 keypoints is known to about 7 percentage points
_REMEDY = 'measure it again with `unipose calibrate`'


class Calibration:
    """Monotone map from a teacher's raw confidence to the probability that its keypoint is right.

    Linear between its knots, constant beyond them.

    Args:
        confidences: Raw confidence at the knots, increasing.
        probabilities: Probability there, in [0, 1], not decreasing.
        measured: What it was measured on; ``checkpoint_sha256`` says whose confidence it is.
        spreads: How far right keypoints are from the truth there: standard deviation along an axis, in heights of the
            student's window; None where that was not measured.

    Raises:
        ValueError: If the knots are no such map, or nothing says of which checkpoint; all problems at once.
    """

    def __init__(
        self,
        confidences: Sequence[float],
        probabilities: Sequence[float],
        measured: Mapping[str, Any],
        spreads: Sequence[float] | None = None,
    ) -> None:
        self.confidences = tuple(float(value) for value in confidences)
        self.probabilities = tuple(float(value) for value in probabilities)
        self.measured = dict(measured)
        self.spreads = None if spreads is None else tuple(float(value) for value in spreads)
        problems = []
        if not 0 < len(self.confidences) == len(self.probabilities):
            problems.append(
                'there must be as many probabilities as confidences, at least one. Got: '
                f'{len(self.probabilities)} and {len(self.confidences)}'
            )
        if not all(map(math.isfinite, self.confidences)) or not _rises(self.confidences, strictly=True):
            problems.append(f'confidences must increase. Got: {list(self.confidences)}')
        if not all(0 <= value <= 1 for value in self.probabilities) or not _rises(self.probabilities):
            problems.append(
                f'probabilities must be in [0, 1] and not decrease with confidence. Got: {list(self.probabilities)}'
            )
        if self.spreads is not None and not (
            len(self.spreads) == len(self.confidences) and all(0 <= value < 1 for value in self.spreads)
        ):
            problems.append(f'spreads must be in [0, 1), one for each confidence. Got: {list(self.spreads)}')
        if not self.measured.get('checkpoint_sha256'):
            problems.append('measured must name the checkpoint_sha256 of the teacher')
        if problems:
            raise ValueError('a calibration is not valid:\n  - ' + '\n  - '.join(problems))
        spreads = self.spreads or [0.0] * len(self.confidences)
        self._knots = torch.tensor([self.confidences, self.probabilities, spreads])  # [3, N]

    @classmethod
    def fit(
        cls, confidence: np.ndarray, right: np.ndarray, measured: Mapping[str, Any], errors: np.ndarray | None = None
    ) -> Calibration:
        """Fits the map by isotonic regression over groups of equally many keypoints.

        Args:
            confidence: Raw confidence of each keypoint, ``[N]``.
            right: Whether it was right, ``[N]``.
            measured: What it was measured on.
            errors: Its distance from the truth, ``[N]``, in heights of the student's window.

        Raises:
            ValueError: If there are too few keypoints, or confidences that are not finite.

        Source:
            Isotonic calibration, Zadrozny and Elkan 2002, https://doi.org/10.1145/775047.775151
        """
        if len(confidence) < _PER_KNOT or not np.isfinite(confidence).all():
            raise ValueError(
                f'a calibration needs at least {_PER_KNOT} keypoints with finite confidences. Got: {len(confidence)}, '
                f'{int((~np.isfinite(confidence)).sum())} of them not finite; give a source with more annotated people'
            )
        groups = equal_groups(confidence, min(MAX_KNOTS, len(confidence) // _PER_KNOT))
        counts = np.bincount(groups)
        centres = np.bincount(groups, confidence) / counts
        shares = np.bincount(groups, right) / counts
        pooled = isotonic_regression(shares, weights=counts)
        starts = pooled.blocks[:-1]
        knots = np.add.reduceat(centres * counts, starts) / np.add.reduceat(counts, starts)
        spreads = None
        if errors is not None:  # of a place in the plane, half of the squared distance lies along each axis
            known = np.maximum(np.add.reduceat(np.bincount(groups, right), starts), 1)
            squares = np.add.reduceat(np.bincount(groups, np.where(right, errors, 0.0) ** 2), starts)
            spreads = np.sqrt(squares / known / 2)
        return cls(knots, pooled.x[starts].clip(0.0, 1.0), measured, spreads)

    def __call__(self, confidence: Tensor) -> Tensor:
        """Probability that a keypoint is right.

        Args:
            confidence: Raw confidence, any shape.

        Returns:
            Probability in [0, 1], same shape; NaN of NaN.
        """
        return self._at(confidence, 1)

    def spread(self, confidence: Tensor) -> Tensor:
        """How far right keypoints are from the truth.

        Args:
            confidence: Raw confidence, any shape.

        Returns:
            Standard deviation along an axis, in heights of the student's window, same shape; 0 where it was not
            measured.
        """
        return self._at(confidence, 2)

    def _at(self, confidence: Tensor, row: int) -> Tensor:
        """The values at the knots, between which it is linear."""
        if self._knots.device != confidence.device:  # once: a copy at every step would make the device wait
            self._knots = self._knots.to(confidence.device)
        knots, values = self._knots[0], self._knots[row]
        confidence = confidence.float().clamp(knots[0], knots[-1])
        if len(knots) == 1:
            return torch.where(confidence.isnan(), confidence, values)
        upper = torch.searchsorted(knots, confidence.contiguous()).clamp(1, len(knots) - 1)  # NaN lies beyond them all
        share = (confidence - knots[upper - 1]) / (knots[upper] - knots[upper - 1])
        return torch.lerp(values[upper - 1], values[upper], share)

    def save(self, path: str | Path) -> None:
        """Writes it as JSON, in one step.

        Raises:
            OSError: If it cannot be written there.
        """
        content = dict(confidences=self.confidences, probabilities=self.probabilities, measured=self.measured)
        if self.spreads is not None:
            content['spreads'] = self.spreads
        write_json(path, content)

    @classmethod
    def load(cls, path: str | Path, digest: str) -> Calibration:
        """Reads a calibration for a teacher.

        One that was measured on other weights is refused: confidences of two trainings do not compare, nothing in a
        run would show that its weights are wrong, and measuring again takes a minute.

        Args:
            path: JSON file that :meth:`save` wrote, relative to the current folder or the repository.
            digest: SHA-256 of the teacher's weights.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is no calibration, or one of another checkpoint.
        """
        path = locate_file(path, 'calibration')
        content = read_json(path, _REMEDY)
        try:
            parts = (content[key] for key in ('confidences', 'probabilities', 'measured'))
            calibration = cls(*parts, content.get('spreads'))
        except KeyError as error:
            raise ValueError(f'{path} is no calibration: it lacks {error}; {_REMEDY}') from error
        except (ValueError, TypeError) as error:
            raise ValueError(f'{path} is no calibration ({error}); {_REMEDY}') from error
        wanted = calibration.measured['checkpoint_sha256']
        if wanted != digest:
            raise ValueError(
                f'{path} was measured on other weights ({calibration.measured.get("checkpoint", "unnamed")}).\n'
                f"  its SHA-256: {wanted}\n  of the teacher's: {digest}\n  To do: {_REMEDY}, or leave out calibration"
            )
        return calibration


def equal_groups(values: np.ndarray, num: int) -> np.ndarray:
    """Sorts values into groups of about equal size, equal values always into the same one.

    Args:
        values: ``[N]``, N > 0.
        num: Number of groups wanted; ties may leave fewer.

    Returns:
        Group of each value, ``[N]``: 0, 1, ..., rising with the values, none empty.

    >>> equal_groups(np.array([0.1, 0.9, 0.2, 0.8]), 2)
    array([0, 1, 0, 1])
    """
    edges = np.unique(np.quantile(values, np.linspace(0, 1, num + 1)[1:-1]))
    return np.unique(np.searchsorted(edges, values, side='right'), return_inverse=True)[1]


def calibration_error(confidence: np.ndarray, right: np.ndarray, groups: np.ndarray) -> float:
    """Expected calibration error: mean distance of a group's confidence and its share of right keypoints.

    Args:
        confidence: ``[N]``, probabilities.
        right: Whether each keypoint was right, ``[N]``.
        groups: Group of each keypoint, ``[N]``.

    Source:
        Guo et al. 2017, https://arxiv.org/abs/1706.04599, here over groups of equal size.

    >>> round(calibration_error(np.array([0.9, 0.9]), np.array([1, 0]), np.array([0, 0])), 6)
    0.4
    """
    return float(np.abs(np.bincount(groups, confidence - right)).sum() / len(confidence))


def _rises(values: Sequence[float], strictly: bool = False) -> bool:
    return all(low < high or (low == high and not strictly) for low, high in zip(values, values[1:]))
