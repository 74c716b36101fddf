"""Predicts people's keypoints with an exported RTMPose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from unipose.files.onnx.image_input import ImageInput
from unipose.files.onnx.metadata import read_metadata
from unipose.media.warp_affine import warp_affine

from .backends import BackendName, Precision, open_backend
from .pixels import Normaliser
from .side_by_side import SideBySide
from .simcc import DECODED_OUTPUTS, SIMCC_OUTPUTS, decode_simcc

# of RTMPose's data preprocessor, RGB, and of its pipeline
_MEAN, _STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
_PADDING = 1.25


class OnnxPoseEstimator:
    """Predicts keypoints with an RTMPose exported up to its SimCC outputs, as MMDeploy does it and rtmlib takes it.

    Args:
        file: The ONNX file: an image batch ``[B, 3, H, W]`` to ``simcc_x`` ``[B, K, Wx]`` and ``simcc_y``
            ``[B, K, Wy]``, or to ``keypoints`` and ``scores``, with H and W fixed and B free or 1.
        flip_test: Average predictions with those on the mirrored image: as MMPose does (True), which moves them by a
            quarter of an input pixel to the right, or ``'aligned'``.
        flip_indices: Index of each keypoint's mirror image; by default what the file says.
        threads: Threads of the network; by default as many as there are cores.
        backend: ``'onnxruntime'``, ``'openvino'`` or ``'auto'``, see :func:`open_backend`.
        precision: What OpenVINO computes in: ``'fp32'``, ``'bf16'`` or ``'auto'``.
        device: ``'cpu'``, or of onnxruntime ``'cuda'``, ``'cuda:1'``, ``'coreml'`` or ``'auto'``.

    Attributes:
        backend: What computes, in words, such as ``'OpenVINO 2026.4.1, bf16'``.
        input_size: Width and height of what the network is shown.
        num_keypoints: K; None where the file leaves it open.
        decodes: Whether the file turns SimCC outputs into keypoints by itself.
        facts: What the file says of itself, such as ``keypoint_names``; empty if ``unipose export`` did not write it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no such network, predictions cannot be averaged because it decodes by itself or nothing
            says which keypoints mirror each other, or what it should be computed with is not there.
        ImportError: If onnxruntime, or OpenVINO where it is asked for, is not installed.
    """

    def __init__(
        self,
        file: str | Path,
        flip_test: bool | Literal['aligned'] = False,
        flip_indices: Sequence[int] | None = None,
        threads: int = 0,
        backend: BackendName = 'onnxruntime',
        precision: Precision = 'auto',
        device: str = 'cpu',
    ) -> None:
        session, computes = open_backend(file, threads, backend, precision, device)
        shapes = {output.name: output.shape for output in session.get_outputs()}
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
        self._aligned, self.facts = flip_test == 'aligned', read_metadata(session, file)
        mirrored = self.facts.get('flip_indices') if flip_indices is None else flip_indices
        if flip_test and mirrored is None:
            raise ValueError(f'{file} does not say which keypoints mirror each other; give flip_indices')
        self._flip = list(mirrored) if flip_test else None
        mean, std = self.facts.get('mean', _MEAN), self.facts.get('std', _STD)
        self._normalise = Normaliser(mean, std, rgb=self.facts.get('channels', 'RGB') == 'RGB')
        self._input = ImageInput(session, file)
        if self._input.size is None:
            raise ValueError(f'{file} must take images of one size; export it with the batch axis alone dynamic')
        self.input_size, self.backend = self._input.size, computes.said
        self._side_by_side = SideBySide(computes, threads, self._input.batch)
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

        def predict(session: Any, part: slice) -> tuple[np.ndarray, np.ndarray]:
            found = self._outputs_of(session, self.crops(image, boxes[part]))
            return tuple(found) if self.decodes else decode_simcc(*found, self.input_size)

        found = self._side_by_side(predict, len(boxes))
        places, scores = (np.concatenate(same) for same in zip(*found, strict=True))
        centers, scales = self._framed(boxes)
        relative = places / np.array(self.input_size, np.float32) - 0.5
        return relative * scales[:, None] + centers[:, None], scores

    def crops(self, image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """The parts of an image around boxes ``[N, 4]``, as the network is shown them, ``[N, 3, H, W]``."""
        width, height = self.input_size
        crops = np.empty((len(boxes), 3, height, width), np.float32)
        for center, scale, out in zip(*self._framed(boxes), crops, strict=True):
            zoom = width / scale[0]
            left, top = np.array(self.input_size) / 2 - zoom * center
            matrix = np.array([[zoom, 0, left], [0, zoom, top]])
            self._normalise(warp_affine(image, matrix, self.input_size), out)
        return crops

    def _framed(self, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Middles of what the network is shown around boxes, and its widths and heights, image pixels, ``[N, 2]``."""
        size = np.array(self.input_size, np.float32)
        centers, scales = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) * _PADDING
        scales[:, 0] = np.maximum(scales[:, 0], scales[:, 1] * size[0] / size[1])  # as wide and high as the input
        scales[:, 1] = scales[:, 0] * size[1] / size[0]
        return centers, scales

    def _outputs_of(self, session: Any, crops: np.ndarray) -> list[np.ndarray]:
        """What the network says of crops, with a flip test of them and of their mirror images."""
        found = self._run(session, crops)
        if self._flip is None:
            return found
        mirrored_x, mirrored_y = (axis[:, self._flip] for axis in self._run(session, crops[..., ::-1]))
        reversed_x = mirrored_x[..., ::-1]
        if self._aligned:
            reversed_x = _aligned(reversed_x, reversed_x.shape[-1] // self.input_size[0])
        return [(found[0] + reversed_x) / 2, (found[1] + mirrored_y) / 2]

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        """Runs the network on images ``[B, 3, H, W]``, normalised; returns its two outputs, in float32."""
        found = self._side_by_side(lambda session, part: self._run(session, batch[part]), len(batch))
        return [np.concatenate(same) for same in zip(*found, strict=True)]

    def _run(self, session: Any, batch: np.ndarray) -> list[np.ndarray]:
        found = session.run(self._outputs, {self._input.name: np.ascontiguousarray(batch, self._input.type)})
        return [output.astype(np.float32, copy=False) for output in found]


def _aligned(rows: np.ndarray, split_ratio: int) -> np.ndarray:
    """Reversed rows ``[..., W]`` of a mirrored image, moved as :func:`unipose.simcc.flip_test.set_flip_test` says."""
    bins = np.arange(rows.shape[-1]) + split_ratio - 1
    return rows[..., bins.clip(max=rows.shape[-1] - 1)]
