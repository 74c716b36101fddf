"""A backbone of torch that OpenVINO computes."""

from __future__ import annotations

import threading
from typing import Any

import torch
from torch import Tensor, nn

from unipose.compute.openvino_core import openvino_core

_MOST = 16  # images of a part, see MMPoseNetwork


class OpenVinoBackbone:
    """Feature maps of a frozen backbone, computed by OpenVINO on the CPU.

    Every core has images of its own, so that none waits for another after each layer. It may be called from several
    threads at once.

    Args:
        backbone: In eval mode.
        input_size: Width and height of its input.
        is_bf16: Whether it computes in bf16; else in fp32.
        where: Whose it is, for messages.

    Raises:
        ImportError: If OpenVINO is not installed.
        ValueError: If OpenVINO cannot compute it, or its maps are no tuple.
    """

    def __init__(
        self, backbone: nn.Module, input_size: tuple[int, int], is_bf16: bool, where: str = 'a teacher'
    ) -> None:
        try:
            import openvino
        except ImportError as error:
            raise ImportError(
                f"{where} has backend='openvino', which is not installed: pip install openvino"
            ) from error
        self._where, self._threads, self._own = where, torch.get_num_threads(), threading.local()
        width, height = input_size
        example = torch.zeros(2, 3, height, width)
        with torch.no_grad():
            maps = backbone(example)
        if not (isinstance(maps, tuple) and all(isinstance(part, Tensor) for part in maps)):
            raise ValueError(
                f"{where}: backend='openvino' is for backbones that return a tuple of maps; leave it out. "
                f'Got: {type(maps).__name__}'
            )
        options = {
            'INFERENCE_PRECISION_HINT': 'bf16' if is_bf16 else 'f32',
            'INFERENCE_NUM_THREADS': self._threads,
            'NUM_STREAMS': self._threads,
        }
        try:
            model = openvino.convert_model(backbone, example_input=example, input=[-1, 3, height, width])
            self._compiled = openvino_core().compile_model(model, 'CPU', options)
        except Exception as error:  # OpenVINO's exceptions are RuntimeErrors and its own
            reason = str(error).strip().split('\n')[-1]
            raise ValueError(f'{where}: OpenVINO cannot compute its backbone; leave backend out: {reason}') from error

    def __call__(self, images: Tensor) -> tuple[Tensor, ...]:
        """Feature maps, fp32, of images ``[B, 3, h, w]``."""
        if images.device.type != 'cpu':
            raise ValueError(
                f"{self._where}: backend='openvino' computes on the CPU, and the student is on {images.device}; leave "
                'it out'
            )
        parts = images.contiguous().split(min(_MOST, -(-len(images) // self._threads)))
        requests = self._requests(len(parts))
        for request, part in zip(requests, parts):
            request.start_async([part.numpy()], share_inputs=True)
        found = []
        for request, _ in zip(requests, parts):
            request.wait()
            found.append([torch.from_numpy(output.data.copy()) for output in request.output_tensors])
        return tuple(torch.cat(maps) for maps in zip(*found, strict=True))

    def _requests(self, count: int) -> list[Any]:
        """As many of this thread's own."""
        if not hasattr(self._own, 'requests'):
            self._own.requests = []
        requests = self._own.requests
        requests += [self._compiled.create_infer_request() for _ in range(count - len(requests))]
        return requests
