"""How a student is exported."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ExportOptions:
    """How a student is exported.

    Args:
        kind: ``'onnx'`` or ``'torchscript'``.
        decode: Outputs are keypoints and scores instead of SimCC's.
        bgr: Inputs are BGR, normalised with RGB's mean and std: what rtmlib feeds.
        dynamic_batch: Of ONNX: batches of any size; otherwise of 1.
        simplify: Of ONNX: have onnxslim make the graph smaller.
        fp16: Of ONNX: weights and arithmetic in half precision; inputs and outputs stay fp32.
        int8: Of ONNX: quantise up to the head's convolution, calibrated on these crops of training people,
            ``[N, H, W, 3]``, uint8, BGR.

    Raises:
        ValueError: If options do not go together.
    """

    kind: str = 'onnx'
    decode: bool = False
    bgr: bool = False
    dynamic_batch: bool = True
    simplify: bool = False
    fp16: bool = False
    int8: np.ndarray | None = None

    def __post_init__(self) -> None:
        of_onnx = self.simplify or self.fp16 or self.int8 is not None or not self.dynamic_batch
        if self.kind == 'torchscript' and of_onnx:
            raise ValueError(
                'half precision, int8, --simplify and --no-dynamic-batch are for ONNX; a TorchScript module takes any '
                'batch, and is halved where it runs, with .half()'
            )
        if self.fp16 and self.int8 is not None:
            raise ValueError('--fp16 and --int8 do not go together; export a file of each')

    @property
    def any_batch(self) -> bool:
        """Whether the file takes batches of any size."""
        return self.dynamic_batch or self.kind == 'torchscript'
