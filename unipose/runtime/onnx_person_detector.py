"""Finds people with an exported RTMDet or YOLOX."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import cv2
import numpy as np

from unipose.files.onnx.device_session import open_on_device
from unipose.files.onnx.first_operators import first_operators
from unipose.files.onnx.image_input import ImageInput

from .auto_detector import AUTO, auto_detector
from .pixels import Normaliser
from .yolox_rows import YoloxRows

Kind = Literal['rtmdet', 'yolox']
"""Kinds of detectors."""

# of their data preprocessors: BGR, and what both test pipelines pad with
_NORMALISE: dict[Kind, Normaliser] = dict(
    rtmdet=Normaliser((103.53, 116.28, 123.675), (57.375, 57.12, 58.395), rgb=False),
    yolox=Normaliser((0, 0, 0), (1, 1, 1), rgb=False),
)
_SIZES: dict[Kind, tuple[int, int]] = dict(rtmdet=(320, 320), yolox=(640, 640))
_PAD = 114
_OUTPUTS = ['dets', 'labels']
_FOCUS = {'Slice', 'Reshape', 'SpaceToDepth'}  # as Megvii, MMDeploy and others export it


class OnnxPersonDetector:
    """Finds people with an RTMDet, or a YOLOX, as MMDeploy exports them and rtmlib takes them, or YOLOX's own export.

    Args:
        file: The ONNX file: an image batch ``[B, 3, H, W]`` to ``dets`` ``[B, N, 5]`` (x1, y1, x2, y2, score) and
            ``labels`` ``[B, N]``, which a detector of people alone may lack; or to the rows of :class:`YoloxRows`.
            ``'auto'`` is RTMDet-nano, see :func:`auto_detector`.
        input_size: Width and height of what the network is shown; by default what the file says, or else 320x320, of a
            YOLOX 640x640.
        score_thr: Least score of a box.
        person: The class that people are.
        threads: Threads of the network; by default as many as there are cores.
        kind: Whether it is an RTMDet, which takes normalised pixels, or a YOLOX, which takes them from 0 to 255; by
            default what the file looks like: YOLOX puts pixels of four places together before its first convolution.
        device: What onnxruntime computes it on: ``'cpu'``, ``'cuda'``, ``'cuda:1'``, ``'coreml'`` or ``'auto'``.

    Attributes:
        backend: What computes, in words.

    Raises:
        FileNotFoundError: If there is no such file.
        OSError: If RTMDet-nano cannot be fetched.
        ValueError: If it is no such network, takes images of another size, or the device is not there.
        ImportError: If onnxruntime is not installed.
    """

    def __init__(
        self,
        file: str | Path,
        input_size: tuple[int, int] | None = None,
        score_thr: float = 0.3,
        person: int = 0,
        threads: int = 0,
        kind: Kind | None = None,
        device: str = 'cpu',
    ) -> None:
        if kind not in (None, *get_args(Kind)):
            raise ValueError(f'kind must be one of {get_args(Kind)}, or None. Got: {kind!r}')
        file = auto_detector() if file == AUTO else file
        self.session, self.backend = open_on_device(file, device, threads, what='detector')
        outputs = self.session.get_outputs()
        rows = _gives_rows(outputs)
        if rows is None:
            got = {output.name: output.shape for output in outputs}
            raise ValueError(
                f'{file} is no detector: it should turn one image batch into {_OUTPUTS}, or as YOLOX does into '
                f'[batch, places, 5 and classes]. Got: outputs {got}; is it a pose model?'
            )
        self._outputs = [output.name for output in outputs[: 1 if rows else 2]]
        self._input = ImageInput(self.session, file)
        self.kind: Kind = kind or ('yolox' if rows or _looks_like_yolox(file, self._input.name) else 'rtmdet')
        fixed = self._input.size
        if input_size and fixed and tuple(input_size) != fixed:
            raise ValueError(f'{file} takes images of {fixed} pixels (width, height). Got: input_size {input_size}')
        self.input_size = input_size or fixed or _SIZES[self.kind]
        self.score_thr, self.person = score_thr, person
        self._rows: YoloxRows | None = None
        if rows:
            (found,) = self._run(np.full((*self.input_size[::-1], 3), _PAD, np.uint8))
            try:
                self._rows = YoloxRows(found.shape, self.input_size, person)
            except ValueError as error:
                raise ValueError(f'{file} is no YOLOX: {error}') from None

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
        found, scores = self._people(self._run(shown))
        boxes = found / ([new_width / width, new_height / height] * 2)
        boxes = boxes.clip(0, [width, height] * 2).astype(np.float32)
        keep = (scores >= self.score_thr) & (boxes[:, 2:] - boxes[:, :2] >= 1).all(-1)
        order = np.argsort(-scores[keep], kind='stable')
        return boxes[keep][order], scores[keep][order].astype(np.float32)

    def _run(self, shown: np.ndarray) -> list[np.ndarray]:
        """Outputs for an image of the input's size, in float32 but for labels."""
        batch = np.empty((1, 3, *shown.shape[:2]), np.float32)
        _NORMALISE[self.kind](shown, batch[0])
        found = self.session.run(self._outputs, {self._input.name: batch.astype(self._input.type, copy=False)})
        return [found[0].astype(np.float32, copy=False), *found[1:]]

    def _people(self, found: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Boxes ``[N, 4]`` of people, pixels of the input, and scores ``[N]``."""
        if self._rows is not None:
            return self._rows(found[0], self.score_thr)
        ours = found[1][0] == self.person if len(found) > 1 else slice(None)
        return found[0][0, ours, :4], found[0][0, ours, 4]


def _gives_rows(outputs: Sequence[Any]) -> bool | None:
    """Whether outputs are YOLOX's rows, or boxes that were chosen already; None of another network."""
    if [output.name for output in outputs[:2]] == _OUTPUTS:
        return False
    shape = outputs[0].shape
    if len(outputs) > 1 or len(shape) != 3 or not isinstance(shape[2], int) or shape[2] < 5:
        return None
    return shape[2] > 5


def _looks_like_yolox(file: str | Path, name: str) -> bool:
    operators = first_operators(file, name)
    return 'Conv' not in operators and bool(operators & _FOCUS)
