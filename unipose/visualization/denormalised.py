"""From what a network is fed back to a picture of it."""

from __future__ import annotations

import numpy as np
from mmengine.model import ImgDataPreprocessor
from torch import Tensor


def denormalised(inputs: Tensor, preprocessor: ImgDataPreprocessor) -> np.ndarray:
    """Undoes a data preprocessor's normalisation.

    Args:
        inputs: ``[B, 3, H, W]``, as the preprocessor gave them.
        preprocessor: The preprocessor.

    Returns:
        ``[B, H, W, 3]``, uint8, BGR.
    """
    if preprocessor._enable_normalize:
        inputs = inputs * preprocessor.std + preprocessor.mean
    if preprocessor._channel_conversion:
        inputs = inputs.flip(1)
    return np.ascontiguousarray(inputs.round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy())
