"""The one batch of images that an ONNX file of ours, MMDeploy's or YOLOX's takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

_FLOATS = {'tensor(float)': np.float32, 'tensor(float16)': np.float16}


class ImageInput:
    """The input of a network of images ``[B, 3, H, W]``, normalised.

    Args:
        session: onnxruntime's session.
        file: The ONNX file, for messages.

    Attributes:
        name: Its name.
        type: Of its numbers, NumPy's float32 or float16.
        batch: 1, or None where any number of images will do.
        size: Width and height; None where they are free.

    Raises:
        ValueError: If it takes something else.
    """

    def __init__(self, session: Any, file: str | Path) -> None:
        inputs = session.get_inputs()
        shapes = [found.shape for found in inputs]
        if len(inputs) != 1 or len(shapes[0]) != 4 or (isinstance(shapes[0][1], int) and shapes[0][1] != 3):
            raise ValueError(
                f'{file} should take one batch of images [batch, 3, height, width]. Got: {shapes}; export it so'
            )
        (images,) = inputs
        if images.type not in _FLOATS:
            raise ValueError(
                f'{file} takes {images.type}; it is fed normalised pixels, in float32 or float16. Export it with such '
                'an input'
            )
        batch, _, height, width = images.shape
        if isinstance(batch, int) and batch != 1:
            raise ValueError(
                f'{file} takes batches of {batch} alone. Got: {images.shape}; export it with a free batch, or of 1'
            )
        self.name, self.type = images.name, _FLOATS[images.type]
        self.batch = batch if isinstance(batch, int) else None
        self.size = (width, height) if isinstance(width, int) and isinstance(height, int) else None
