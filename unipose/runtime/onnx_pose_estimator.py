"""Predicts people's keypoints with an exported RTMPose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from unipose.files.onnx.image_input import ImageInput
from unipose.files.onnx.metadata import read_metadata
from unipose.files.onnx.session import open_session
from unipose.media.warp_affine import warp_affine

from .pixels import Normaliser
from .simcc import DECODED_OUTPUTS, SIMCC_OUTPUTS, decode_simcc

# of RTMPose's data preprocessor, RGB, and of its pipeline
_MEAN, _STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
_PADDING = 1.25
_BATCH = 32


class OnnxPoseEstimator:
    """Predicts keypoints with an RTMPose exported up to its SimCC outputs, as MMDeploy does it and rtmlib takes it.

    Args:
        file: The ONNX file: an image batch ``[B, 3, H, W]`` to ``simcc_x`` ``[B, K, Wx]`` and ``simcc_y``
            ``[B, K, Wy]``, or to ``keypoints`` and ``scores``, with H and W fixed and B free or 1.
        flip_test: Average predictions with those on the mirrored image: as MMPose does (True), which moves them by a
            quarter of an input pixel to the right, or ``'aligned'``.
        flip_indices: Index of each keypoint's mirror image; by default what the file says.
        threads: Threads of the network; by default as many as there are cores.

    Attributes:
        input_size: Width and height of what the network is shown.
        num_keypoints: K; None where the file leaves it open.
        decodes: Whether the file turns SimCC outputs into keypoints by itself.
        facts: What the file says of itself, such as ``keypoint_names``; empty if ``unipose export`` did not write it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no such network, or predictions cannot be averaged because it decodes by itself or nothing
            says which keypoints mirror each other.
        ImportError: If onnxruntime is not installed.
    """

    def __init__(
        self,
        file: str | Path,
        flip_test: bool | Literal['aligned'] = False,
        flip_indices: Sequence[int] | None = None,
        threads: int = 0,
    ) -> None:
        self.session = open_session(file, threads, what='pose model')
        shapes = {output.name: output.shape for output in self.session.get_outputs()}
        self._outputs = list(shapes)
        if self._outputs not in (SIMCC_OUTPUTS, DECODED_OUTPUTS):
            raise ValueError(
                f'{file} is no RTMPose: it should turn one image batch into {SIMCC_OUTPUTS} or {DECODED_OUTPUTS}. '
                f'Got: outputs {self._outputs}; is it a detector, or a model of heatmaps?'
            )
        self.decodes = self._outputs == DECODED_OUTPUTS
        if self.decodes and flip_test:
            raise ValueError(f'{file} decodes by itself, which cannot be averaged; export it without --with-decode')
        if flip_test not in (False, True, 'aligned'):
            raise ValueError(f"flip_test must be True, False or 'aligned'. Got: {flip_test!r}")
        self._aligned, self.facts = flip_test == 'aligned', read_metadata(self.session, file)
        mirrored = self.facts.get('flip_indices') if flip_indices is None else flip_indices
        if flip_test and mirrored is None:
            raise ValueError(f'{file} does not say which keypoints mirror each other; give flip_indices')
        self._flip = list(mirrored) if flip_test else None
        mean, std = self.facts.get('mean', _MEAN), self.facts.get('std', _STD)
        self._normalise = Normaliser(mean, std, rgb=self.facts.get('channels', 'RGB') == 'RGB')
        self._input = ImageInput(self.session, file)
        if self._input.size is None:
            raise ValueError(f'{file} must take images of one size; export it with the batch axis alone dynamic')
        self.input_size, self._batch = self._input.size, self._input.batch or _BATCH
        keypoints = shapes[self._outputs[0]][1]
        self.num_keypoints = keypoints if isinstance(keypoints, int) else None

    def __call__(self, image: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Predicts the people of one image.

        Args:
            image: ``[H, W, 3]``, uint8, BGR.
            boxes: ``[N, 4]``, x1, y1, x2, y2, image pixels.

        Returns:
            Keypoints ``[N, K, 2]``, image pixels, xy, and scores ``[N, K]``; at most 0 where a keypoint is missing.
        """
        boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
        if not len(boxes):
            return np.zeros((0, self.num_keypoints or 0, 2), np.float32), np.zeros((0, self.num_keypoints or 0))
        size = np.array(self.input_size, np.float32)
        centers, scales = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) * _PADDING
        scales[:, 0] = np.maximum(scales[:, 0], scales[:, 1] * size[0] / size[1])  # as wide and high as the input
        scales[:, 1] = scales[:, 0] * size[1] / size[0]
        batch = np.empty((len(boxes), 3, self.input_size[1], self.input_size[0]), np.float32)
        for center, scale, out in zip(centers, scales, batch, strict=True):
            self._normalise(self._crop(image, center, scale), out)
        if self.decodes:
            places, scores = self.run(batch)
        else:
            places, scores = decode_simcc(*self._logits(batch), self.input_size)
        relative = places / size - 0.5
        return relative * scales[:, None] + centers[:, None], scores

    def _crop(self, image: np.ndarray, center: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """The part of the image around a person, as large as the input."""
        zoom = self.input_size[0] / scale[0]
        left, top = np.array(self.input_size) / 2 - zoom * center
        matrix = np.array([[zoom, 0, left], [0, zoom, top]])
        return warp_affine(image, matrix, self.input_size)

    def _logits(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        simcc_x, simcc_y = self.run(batch)
        if self._flip is None:
            return simcc_x, simcc_y
        mirrored_x, mirrored_y = (axis[:, self._flip] for axis in self.run(batch[..., ::-1]))
        reversed_x = mirrored_x[..., ::-1]
        if self._aligned:
            reversed_x = _aligned(reversed_x, reversed_x.shape[-1] // self.input_size[0])
        return (simcc_x + reversed_x) / 2, (simcc_y + mirrored_y) / 2

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        """Runs the network on images ``[B, 3, H, W]``, normalised; returns its two outputs, in float32."""
        parts = [batch[start : start + self._batch] for start in range(0, len(batch), self._batch)]
        fed = (np.ascontiguousarray(part, self._input.type) for part in parts)
        found = [self.session.run(self._outputs, {self._input.name: part}) for part in fed]
        return [np.concatenate(same).astype(np.float32, copy=False) for same in zip(*found, strict=True)]


def _aligned(rows: np.ndarray, split_ratio: int) -> np.ndarray:
    """Reversed rows ``[..., W]`` of a mirrored image, moved as :func:`unipose.simcc.flip_test.set_flip_test` says."""
    bins = np.arange(rows.shape[-1]) + split_ratio - 1
    return rows[..., bins.clip(max=rows.shape[-1] - 1)]
