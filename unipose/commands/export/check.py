"""Compares an exported file with the student in torch, on pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from unipose.files.onnx.session import open_session
from unipose.runtime.simcc import decode_simcc, is_tied

from .deployed_student import Exportable
from .options import ExportOptions

_BATCHES = (1, 3, 8, 32)  # the same pictures, cut differently
_TIE = 1e-4  # of outputs: a student that says as much for two places has its keypoint at either

Run = Callable[[np.ndarray], Sequence[np.ndarray]]
"""From images ``[B, 3, H, W]`` to what a :class:`DeployedStudent` returns."""


@dataclass(frozen=True)
class Difference:
    """How far an exported file is from the student in torch.

    Args:
        largest: Distance of a keypoint that has a score above the least in both, input pixels; 0 along an axis where
            the student itself says as much for either place.
        mean: The same, of all of them.
        share: Of them, those further away than ``pixels``.
        pixels: Input pixels.
        score: Largest difference of a score.
        count: Keypoints compared.
    """

    largest: float
    mean: float
    share: float
    pixels: float
    score: float
    count: int

    def __str__(self) -> str:
        return (
            f'{self.count} keypoints: {self.mean:.4f} input pixels apart, at most {self.largest:.4f}, '
            f'{100 * self.share:.2f}% by more than {self.pixels:g}; scores by at most {self.score:.1e}'
        )


class Compared(NamedTuple):
    """What student and file say of keypoints, those of batches of all sizes together.

    Args:
        distance: Between both, input pixels; 0 along an axis where the student itself says as much for either place,
            ``[M]``.
        sure: The lower of both scores, ``[M]``.
        score: Largest difference of a score.
        batches: Sizes of batches, each with all keypoints.
    """

    distance: np.ndarray
    sure: np.ndarray
    score: float
    batches: int

    def difference(self, pixels: float = 0.1, least: float = 0.0) -> Difference:
        """How far both are from each other.

        Args:
            pixels: From which distance a keypoint counts as moved, input pixels.
            least: Keypoints whose score is not above it count for nothing.
        """
        present = self.sure > least
        apart = self.distance[present]
        return Difference(
            largest=float(apart.max(initial=0.0)),
            mean=float(apart.sum() / max(len(apart), 1)),
            share=float((apart > pixels).sum() / max(len(apart), 1)),
            pixels=pixels,
            score=self.score,
            count=int(present.reshape(self.batches, -1)[0].sum()),
        )


def compare(student: Exportable, run: Run, pictures: np.ndarray, options: ExportOptions) -> Compared:
    """Compares on pictures, in batches of several sizes.

    Args:
        student: The student.
        run: What runs the file.
        pictures: ``[N, H, W, 3]``, uint8, BGR, of the input's size.
        options: How it was exported.
    """
    with torch.no_grad():
        outputs = [part.numpy() for part in student.network()(torch.from_numpy(student.normalised(pictures)))]
    expected, scores = decode_simcc(*outputs, student.input_size)
    fed = student.normalised(pictures, options.bgr)
    sizes = _BATCHES if options.any_batch else (1,)
    distances, sure, score = [], [], 0.0
    for size in sizes:
        parts = [run(fed[start : start + size]) for start in range(0, len(fed), size)]
        given = [np.concatenate(part) for part in zip(*parts, strict=True)]
        found, found_scores = given if options.decode else decode_simcc(*given, student.input_size)
        away = np.where(is_tied(outputs, found, student.input_size, _TIE), 0.0, found - expected)
        distances.append(np.linalg.norm(away, axis=-1).ravel())
        sure.append(np.minimum(scores, found_scores).ravel())
        score = max(score, float(np.nan_to_num(np.abs(found_scores - scores), nan=np.inf).max()))
    return Compared(np.concatenate(distances), np.concatenate(sure), score, len(sizes))


def onnx_runner(file: Path) -> Run:
    """What runs an exported ONNX file."""
    session = open_session(file, what='exported model')
    return lambda images: session.run(None, {session.get_inputs()[0].name: images})


def torchscript_runner(file: Path) -> Run:
    """What runs an exported TorchScript file."""
    module = torch.jit.load(str(file))
    return torch.no_grad()(lambda images: [part.numpy() for part in module(torch.from_numpy(images))])
