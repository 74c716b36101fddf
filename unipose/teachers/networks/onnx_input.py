"""What an ONNX file wants to be fed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

TYPES = {'tensor(float)': (np.float32, torch.float32), 'tensor(float16)': (np.float16, torch.float16)}
"""Of tensors that are read and written, by onnxruntime's names: NumPy's type and torch's."""
_CHANNELS = dict(NCHW=1, NHWC=3)


class OnnxInput:
    """The one batch of images that a file takes.

    Args:
        inputs: The inputs of onnxruntime's session.
        entry: The teacher's entry; ``layout`` and ``window`` are read.
        where: Whose it is, for messages.
        file: The file, for messages.

    Attributes:
        name: Its name.
        types: NumPy's type and torch's.
        channels_last: Whether it is NHWC.
        batch: 1, or None where any number of images will do.
        size: Width and height.

    Raises:
        ValueError: If it takes something else, or something else than the entry says.
    """

    def __init__(self, inputs: Sequence[Any], entry: Mapping[str, Any], where: str, file: Path) -> None:
        image, *others = inputs
        if others or len(image.shape) != 4 or image.type not in TYPES:
            kinds = [f'{found.name} {found.type} {found.shape}' for found in inputs]
            raise ValueError(
                f'{where}: {file.name} should take one batch of images in float32 or float16. Got: {kinds}'
            )
        self.name, self.types, shape = image.name, TYPES[image.type], image.shape
        layout = _layout(shape, entry.get('layout'), where, file)
        self.channels_last = layout == 'NHWC'
        self.batch = shape[0] if isinstance(shape[0], int) else None
        if self.batch not in (None, 1):
            raise ValueError(
                f'{where}: {file.name} takes batches of {self.batch} alone; export it with a free batch, or of 1'
            )
        height, width = shape[1:3] if self.channels_last else shape[2:]
        size = (entry.get('window') or {}).get('input_size') or (width, height)
        if not all(isinstance(side, int) for side in size):
            raise ValueError(
                f'{where}: {file.name} takes images of any size; say which it was trained on: '
                'window=dict(input_size=(width, height))'
            )
        if any(isinstance(own, int) and own != said for own, said in zip((width, height), size, strict=True)):
            raise ValueError(
                f'{where}: {file.name} takes images of {width}x{height}, its window says {size[0]}x{size[1]}'
            )
        self.size: tuple[int, int] = tuple(size)


def _layout(shape: Sequence[Any], said: Any, where: str, file: Path) -> str:
    if said not in (None, *_CHANNELS):
        raise ValueError(f"{where}: layout must be 'NCHW' or 'NHWC'. Got: {said!r}")
    fit = [name for name, axis in _CHANNELS.items() if shape[axis] == 3 or not isinstance(shape[axis], int)]
    layout = said or (fit or ['NCHW'])[0]
    if layout not in fit:
        raise ValueError(
            f'{where}: {file.name} takes {shape}, which is not {layout} with 3 channels; '
            + (f'leave layout out, it is {fit[0]}' if fit else 'a teacher takes images of 3 channels')
        )
    return layout
