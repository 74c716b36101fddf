"""Compares an exported file with the student in torch, on pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from unipose.runtime.session import open_session
from unipose.runtime.simcc import decode_simcc

from .deployed_student import Exportable

_BATCHES = (1, 3, 8)  # the same pictures, cut differently

Run = Callable[[np.ndarray], Sequence[np.ndarray]]
"""From images ``[B, 3, H, W]`` to what a :class:`DeployedStudent` returns."""


@dataclass(frozen=True)
class Difference:
    """How far an exported file is from the student in torch.

    Args:
        pixels: Largest distance of a keypoint that has a score above 0 in both, input pixels.
        moved: Share of keypoints that are more than 0.1 input pixels away.
        score: Largest difference of a score.
        count: Keypoints compared.
    """

    pixels: float
    moved: float
    score: float
    count: int

    def __str__(self) -> str:
        return (
            f'{self.count} keypoints: at most {self.pixels:.4f} input pixels apart, {100 * self.moved:.2f}% by more '
            f'than 0.1; scores by at most {self.score:.1e}'
        )


def difference(
    student: Exportable, run: Run, images: np.ndarray, decoded: bool = False, dynamic_batch: bool = True
) -> Difference:
    """Compares on images, in batches of several sizes.

    Args:
        student: The student.
        run: What runs the file.
        images: ``[N, 3, H, W]``, RGB, normalised, float32.
        decoded: Whether the file decodes.
        dynamic_batch: Whether the file takes batches of any size.
    """
    with torch.no_grad():
        expected, scores = (part.numpy() for part in student.network(decode=True)(torch.from_numpy(images)))
    pixels = moved = score = count = 0.0
    for size in _BATCHES if dynamic_batch else (1,):
        parts = [run(images[start : start + size]) for start in range(0, len(images), size)]
        outputs = [np.concatenate(part) for part in zip(*parts, strict=True)]
        found, found_scores = outputs if decoded else decode_simcc(*outputs, student.input_size)
        present = (scores > 0) & (found_scores > 0)
        distance = np.linalg.norm(found - expected, axis=-1)[present]
        pixels = max(pixels, float(distance.max(initial=0.0)))
        moved, count = moved + float((distance > 0.1).sum()), count + distance.size
        score = max(score, float(np.abs(found_scores - scores).max()))
    return Difference(pixels, moved / max(count, 1), score, int(count))


def onnx_runner(file: Path) -> Run:
    """What runs an exported ONNX file."""
    session = open_session(file, what='exported model')
    return lambda images: session.run(None, {session.get_inputs()[0].name: images})


def torchscript_runner(file: Path) -> Run:
    """What runs an exported TorchScript file."""
    module = torch.jit.load(str(file))
    return torch.no_grad()(lambda images: [part.numpy() for part in module(torch.from_numpy(images))])
