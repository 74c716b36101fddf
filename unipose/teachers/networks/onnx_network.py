"""Networks as ONNX files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from unipose.checkpoints.loading import resolve_checkpoint, sha256_file
from unipose.checkpoints.manifest import verify_digest
from unipose.compute.complexity import Complexity
from unipose.files.onnx.metadata import read_metadata, skeleton_of_metadata
from unipose.files.onnx.session import open_session
from unipose.skeletons import Skeleton
from unipose.teachers.pixels import PixelFormat

from .network import Crop, Network, Weights, check_count
from .onnx_input import TYPES, OnnxInput
from .onnx_outputs import OnnxOutputs

# what RTMPose is trained with, which MMDeploy's files do not say
_RTMPOSE = PixelFormat('RGB', (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
_PROVIDERS = dict(cpu='CPUExecutionProvider', cuda='CUDAExecutionProvider')
_ON_CPU = 16  # images at a time
_MOST_THREADS = 1024


class OnnxNetwork(Network):
    """An ONNX file, run by onnxruntime: on the CPU, or where the student is on an NVIDIA GPU by its CUDA provider.

    Its entry has ``onnx`` (the file), and what the file does not say: ``pixels`` (see :meth:`PixelFormat.of_entry`; of
    SimCC files RTMPose's by default), ``output`` and ``outputs`` (see :class:`OnnxOutputs`), ``layout`` (``'NCHW'`` or
    ``'NHWC'``; by default where the 3 of the input's shape is) and ``threads`` (on the CPU; by default torch's). A file
    of ``unipose export`` says all of it by itself, its keypoints too. The batch is free or 1.

    Raises:
        ValueError: If the file is no such network, or does not fit the entry.
        FileNotFoundError: If there is no such file.
        ImportError: If onnxruntime is not installed.
    """

    key: ClassVar[str] = 'onnx'
    weights_key: ClassVar[str] = 'onnx'
    optional: ClassVar[tuple[str, ...]] = ('pixels', 'output', 'outputs', 'layout', 'threads')

    def __init__(self, entry: Mapping[str, Any], where: str = 'a teacher') -> None:
        self.where, self.file = where, resolve_checkpoint(entry['onnx'])
        digest = _digest(self.file, where)
        threads = entry.get('threads') or torch.get_num_threads()
        if not isinstance(threads, int) or isinstance(threads, bool) or not 1 <= threads <= _MOST_THREADS:
            raise ValueError(f'{where}: threads must be a whole number from 1 to {_MOST_THREADS}. Got: {threads!r}')
        self._threads = threads
        session = open_session(self.file, threads, what=f'file of {where}')
        self._sessions = {'cpu': session}
        self._input = OnnxInput(session.get_inputs(), entry, where, self.file)
        size = self._input.size
        said = read_metadata(session, self.file)
        types = {output.name: output.type for output in session.get_outputs()}
        shapes = self._shapes(session, list(types), size)
        self._outputs = OnnxOutputs(entry, said, shapes, size, where, self.file)
        strange = {name: types[name] for name in self._outputs.names if types[name] not in TYPES}
        if strange:
            raise ValueError(f'{where}: outputs of {self.file.name} must be float32 or float16. Got: {strange}')
        # of each output that is read its shape without the batch, and NumPy's and torch's type
        self._results = {name: (shapes[name][1:], *TYPES[types[name]]) for name in self._outputs.names}
        self.output, self.num_keypoints = self._outputs.output, self._outputs.num_keypoints
        self.crop = Crop(size, self.output.udp)
        self.pixels = self._pixels(entry, said)
        self.weights = Weights(self.file.name, digest)
        self.facts = dict(
            kind=self.key,
            pixels=vars(self.pixels),
            output=dict(kind=self.output.kind, **vars(self.output)),
            outputs=self._outputs.names,
        )

    @classmethod
    def crop_of_entry(cls, entry: Mapping[str, Any], where: str) -> Crop:
        """Reads it from the shape of the file's input."""
        return cls(entry, where).crop

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any], where: str, skeleton: Skeleton) -> OnnxNetwork:
        """Opens the file of the entry."""
        network = cls(entry, where)
        check_count(network.num_keypoints, skeleton, where, network.file.name)
        return network

    @classmethod
    def skeleton_of_entry(cls, entry: Mapping[str, Any], where: str) -> Skeleton | None:
        """The keypoints of a file of ``unipose export``."""
        file = resolve_checkpoint(entry['onnx'])
        facts = _said(file, file.stat().st_mtime_ns)
        return skeleton_of_metadata(facts, file) if facts else None

    def __call__(self, images: Tensor) -> tuple[Any, None]:
        """Computes a batch, without a copy where images and network are on one device; there are no features."""
        session = self._session(images.device)
        if self._input.channels_last:
            images = images.permute(0, 2, 3, 1)
        images = images.to(self._input.types[1])
        parts = images.split(self._input.batch or (_ON_CPU if images.device.type == 'cpu' else len(images)))
        found = [self._run(session, part.contiguous()) for part in parts]
        return self._outputs.read([torch.cat(same).float() for same in zip(*found, strict=True)]), None

    def complexity(self) -> Complexity:
        """Numbers in the file, as far as the package onnx is there to count them; operations are not counted."""
        try:
            import onnx
        except ImportError:
            return Complexity(math.nan, math.nan)
        graph = onnx.load(self.file).graph
        floats = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
        counts = [math.prod(tensor.dims) for tensor in graph.initializer if tensor.data_type in floats]
        return Complexity(sum(counts), math.nan)

    def _run(self, session: Any, images: Tensor) -> list[Tensor]:
        """Outputs of a contiguous batch, written where torch has room for them."""
        binding, number = session.io_binding(), images.device.index or 0
        place = (images.device.type, number)
        binding.bind_input(self._input.name, *place, self._input.types[0], tuple(images.shape), images.data_ptr())
        found = []
        for name, (shape, numbers, dtype) in self._results.items():
            out = torch.empty(len(images), *shape, dtype=dtype, device=images.device)
            binding.bind_output(name, *place, numbers, tuple(out.shape), out.data_ptr())
            found.append(out)
        if images.device.type == 'cuda':  # onnxruntime has a stream of its own
            torch.cuda.current_stream(images.device).synchronize()
        session.run_with_iobinding(binding)
        return found

    def _session(self, device: torch.device) -> Any:
        """The session on a device, opened when it is first asked for."""
        key = str(device) if device.index else device.type
        if key not in self._sessions:
            if device.type not in _PROVIDERS:
                raise ValueError(
                    f'{self.where}: ONNX files run on CPUs and NVIDIA GPUs, and the student is on {device}; store the '
                    'targets beforehand with `unipose cache`'
                )
            provider = _PROVIDERS[device.type]
            options = (provider, dict(device_id=device.index or 0))
            self._sessions[key] = open_session(
                self.file, self._threads, what=f'file of {self.where}', providers=[options]
            )
        return self._sessions[key]

    def _shapes(self, session: Any, names: Sequence[str], size: tuple[int, int]) -> dict[str, tuple[int, ...]]:
        """Shapes of all outputs for one black image."""
        width, height = size
        shape = (1, height, width, 3) if self._input.channels_last else (1, 3, height, width)
        black = np.zeros(shape, self._input.types[0])
        try:
            found = session.run(list(names), {self._input.name: black})
        except Exception as error:  # onnxruntime's exceptions have no base class of their own
            reason = str(error).strip().split('\n')[0]
            raise ValueError(f'{self.where}: {self.file} does not run on an image of {shape}: {reason}') from None
        return {name: np.shape(value) for name, value in zip(names, found, strict=True)}

    def _pixels(self, entry: Mapping[str, Any], said: Mapping[str, Any]) -> PixelFormat:
        if entry.get('pixels') is not None:
            return PixelFormat.of_entry(entry['pixels'], self.where)
        if said:
            return PixelFormat(said.get('channels', 'RGB'), tuple(said['mean']), tuple(said['std']))
        if self.output.kind == 'simcc':
            return _RTMPOSE
        raise ValueError(
            f'{self.where}: {self.file.name} does not say how it wants its pixels; say it in the entry: '
            "pixels=dict(channels='RGB', range=(0, 255)), or mean=... and std=... in place of the range"
        )


@lru_cache(maxsize=16)
def _said(file: Path, changed: int) -> dict[str, Any]:
    """What a file says of itself, read once: opening a large one takes a second."""
    return read_metadata(open_session(file, threads=1, what='file of a teacher'), file)


def _digest(file: Path, where: str) -> str:
    """A file's SHA-256, checked where it is known what it should be."""
    try:
        return verify_digest(file) or sha256_file(file)
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from None
