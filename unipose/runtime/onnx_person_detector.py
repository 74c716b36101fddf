"""Finds people with an exported RTMDet."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from unipose.files.onnx.session import open_session

from .auto_detector import AUTO, auto_detector
from .pixels import Normaliser

# of RTMDet's data preprocessor: BGR, and what its test pipeline pads with
_NORMALISE = Normaliser((103.53, 116.28, 123.675), (57.375, 57.12, 58.395), rgb=False)
_PAD = 114
_OUTPUTS = ['dets', 'labels']


class OnnxPersonDetector:
    """Finds people with an RTMDet exported with its suppression of doubles, as MMDeploy does it and rtmlib takes it.

    Args:
        file: The ONNX file: an image batch ``[B, 3, H, W]`` to ``dets`` ``[B, N, 5]`` (x1, y1, x2, y2, score) and
            ``labels`` ``[B, N]``. ``'auto'`` is RTMDet-nano, see :func:`auto_detector`.
        input_size: Width and height of what the network is shown; by default what the file says, or 320x320.
        score_thr: Least score of a box.
        person: The class that people are.
        threads: Threads of the network; by default as many as there are cores.

    Raises:
        FileNotFoundError: If there is no such file.
        OSError: If RTMDet-nano cannot be fetched.
        ValueError: If it is no such network, or takes images of another size.
        ImportError: If onnxruntime is not installed.
    """

    def __init__(
        self,
        file: str | Path,
        input_size: tuple[int, int] | None = None,
        score_thr: float = 0.3,
        person: int = 0,
        threads: int = 0,
    ) -> None:
        file = auto_detector() if file == AUTO else file
        self.session = open_session(file, threads, what='detector')
        outputs = [output.name for output in self.session.get_outputs()]
        inputs = self.session.get_inputs()
        if outputs[:2] != _OUTPUTS or len(inputs) != 1 or len(inputs[0].shape) != 4:
            raise ValueError(
                f'{file} is no detector: it should turn one image batch into {_OUTPUTS}. Got: outputs {outputs}; is it '
                'a pose model?'
            )
        self._input = inputs[0].name
        height, width = inputs[0].shape[2:]
        fixed = (width, height) if isinstance(width, int) and isinstance(height, int) else None
        if input_size and fixed and tuple(input_size) != fixed:
            raise ValueError(f'{file} takes images of {fixed} pixels (width, height). Got: input_size {input_size}')
        self.input_size = input_size or fixed or (320, 320)
        self.score_thr, self.person = score_thr, person

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Finds people.

        Args:
            image: ``[H, W, 3]``, uint8, BGR.

        Returns:
            Boxes ``[N, 4]``, x1, y1, x2, y2, image pixels, and scores ``[N]``, best first.
        """
        height, width = image.shape[:2]
        scale = min(self.input_size[0] / width, self.input_size[1] / height)
        new_width, new_height = max(round(width * scale), 1), max(round(height * scale), 1)
        shown = np.full((self.input_size[1], self.input_size[0], 3), _PAD, np.uint8)
        shown[:new_height, :new_width] = cv2.resize(image, (new_width, new_height), interpolation=cv2.INTER_LINEAR)
        batch = np.empty((1, 3, *shown.shape[:2]), np.float32)
        _NORMALISE(shown, batch[0])
        found, labels = self.session.run(_OUTPUTS, {self._input: batch})
        boxes = found[0, :, :4] / ([new_width / width, new_height / height] * 2)
        boxes = boxes.clip(0, [width, height] * 2).astype(np.float32)
        keep = (labels[0] == self.person) & (found[0, :, 4] >= self.score_thr)
        keep &= (boxes[:, 2:] - boxes[:, :2] >= 1).all(-1)
        order = np.argsort(-found[0, keep, 4], kind='stable')
        return boxes[keep][order], found[0, keep, 4][order].astype(np.float32)
