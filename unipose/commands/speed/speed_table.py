"""How long people's keypoints take in a frame, from pixels to pixels, by what computes them."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmpose.models.pose_estimators import TopdownPoseEstimator

from unipose.commands.speed.alternating import seconds_of
from unipose.compute.complexity import Complexity, complexity
from unipose.compute.precision import has_fast_bf16
from unipose.evaluation.format_scores import format_markdown, format_table
from unipose.files.read_config import read_config
from unipose.inference import PoseInferencer
from unipose.inference.load_student import build_network, checked_device
from unipose.runtime.onnx_pose_estimator import OnnxPoseEstimator
from unipose.skeletons import Skeleton
from unipose.skeletons.skeleton import Keypoint

_REST = 0.1  # seconds: onnxruntime's threads spin for a while after work, beside whoever comes next

Estimate = Callable[[np.ndarray, np.ndarray], object]


@dataclass(frozen=True)
class SpeedTable:
    """What was measured of a model.

    Args:
        title: Its config and checkpoint.
        complexity: Its size, and operations of one forward pass of one person.
        input_size: Width and height of its input.
        flip_test: Whether every person went through the network twice, once mirrored.
        frame_size: Width and height of the frames, pixels.
        machine: What computed.
        seconds: By backend and people in a frame, the seconds of each frame.
    """

    title: str
    complexity: Complexity
    input_size: tuple[int, int]
    flip_test: bool
    frame_size: tuple[int, int]
    machine: str
    seconds: Mapping[str, Mapping[int, Sequence[float]]]

    def ms(self, backend: str, persons: int) -> float:
        """Milliseconds that a frame takes, the median."""
        return 1000 * median(self.seconds[backend][persons])

    def scores(self) -> dict[str, Any]:
        """Everything as plain values, to write as JSON."""
        medians = {
            backend: {
                persons: dict(ms=self.ms(backend, persons), fps=1000 / self.ms(backend, persons)) for persons in taken
            }
            for backend, taken in self.seconds.items()
        }
        return asdict(self) | dict(complexity=self.complexity._asdict(), medians=medians)

    def format(self, markdown: bool = False) -> str:
        """The numbers as text to read in a terminal, or as Markdown."""
        numbers = list(next(iter(self.seconds.values())))
        head, repeats = ['backend'], set()
        for number in numbers:
            head += [f'{number} {"person" if number == 1 else "people"}, ms', 'FPS']
        rows = []
        for backend, taken in self.seconds.items():
            ms = [self.ms(backend, number) for number in numbers]
            rows.append([backend, *(cell for value in ms for cell in (f'{value:.1f}', f'{1000 / value:.1f}'))])
            repeats |= {len(seconds) for seconds in taken.values()}
        (width, height), size = self.input_size, self.complexity
        facts = [
            self.title,
            f'{size.params / 1e6:.2f} M parameters, {size.flops / 1e9:.2f} GFLOPs a pass, input {width}x{height}, flip '
            f'test {"on (two passes)" if self.flip_test else "off"}',
            'a frame of {}x{}, boxes given: crops, network and decoding; median of {} in turns'.format(
                *self.frame_size, *repeats
            ),
            self.machine,
        ]
        if markdown:
            return '\n'.join(f'- {fact}' for fact in facts) + f'\n\n{format_markdown(head, rows)}'
        return '\n'.join([*facts, '', *format_table(head, rows)])


def measure_speed(
    config: str | Path | Config,
    checkpoint: str | Path | None = None,
    onnx: str | Path | None = None,
    devices: Sequence[str] | None = None,
    flip_test: bool | None = None,
    persons: Sequence[int] = (1, 4, 16),
    frame_size: tuple[int, int] = (1280, 720),
    repeats: int = 20,
) -> SpeedTable:
    """Times a model on frames with people, in turns with every backend that is there.

    Args:
        config: Config (file) of a student or of any top-down MMPose model.
        checkpoint: Its weights; None takes random ones, which are as fast.
        onnx: The same model exported up to its SimCC outputs, see :class:`OnnxPoseEstimator`.
        devices: Where torch runs; by default the CPU, and a GPU if there is one. Where the machine has units for bf16,
            it runs both in fp32 and in bf16.
        flip_test: Average with the mirrored image; by default as the config says.
        persons: How many people are in a frame.
        frame_size: Width and height, pixels.
        repeats: Frames that are timed for each number of people.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If files do not fit each other, a device is not there, or a number is not positive.
        ImportError: If there is an ``onnx`` and no onnxruntime.
    """
    numbers = dict(persons=persons, frame_size=frame_size, repeats=[repeats])
    for name, values in numbers.items():
        if not values or min(values) < 1:
            raise ValueError(f'{name} must be at least 1. Got: {list(values)}')
    config, devices = read_config(config), devices or ['cpu', *(['cuda:0'] if torch.cuda.is_available() else [])]
    network = build_network(config)
    # what its keypoints are takes no time
    predicts = Skeleton('unnamed', tuple(Keypoint(str(i), None) for i in range(_num_keypoints(network))))
    with tempfile.TemporaryDirectory() as folder:
        weights = checkpoint or Path(folder) / 'random.pth'
        if not checkpoint:
            torch.save(dict(state_dict=network.state_dict()), weights)
        backends: dict[str, Estimate] = {
            f'torch {precision}, {device}': PoseInferencer(
                config, weights, device, flip_test, max(persons), predicts=predicts, precision=precision
            )
            for device in devices
            for precision in ('fp32', 'bf16')
            if precision == 'fp32' or has_fast_bf16(checked_device(device))
        }
    pose = next(iter(backends.values()))
    flip_test, input_size = bool(pose.model.test_cfg.get('flip_test')), tuple(pose.model.head.decoder.input_size)
    if onnx:
        backends['onnxruntime, cpu'] = _exported(onnx, pose.skeleton, input_size, flip_test)
    frame = np.random.default_rng(0).integers(0, 256, (*frame_size[::-1], 3), np.uint8)
    seconds: dict[str, dict[int, list[float]]] = {name: {} for name in backends}
    for number in persons:
        frames = {name: partial(estimate, frame, _boxes(number, frame_size)) for name, estimate in backends.items()}
        for name, taken in seconds_of(frames, repeats, f'people in a frame: {number}', _REST).items():
            seconds[name][number] = taken
    return SpeedTable(
        title=f'{Path(config.filename or "config").name}, {checkpoint or "random weights"}',
        complexity=complexity(pose.model, input_size),
        input_size=input_size,
        flip_test=flip_test,
        frame_size=tuple(frame_size),
        machine=_machine(devices),
        seconds=seconds,
    )


def _num_keypoints(network: TopdownPoseEstimator) -> int:
    return getattr(network.head, 'out_channels', None) or network.head.num_joints  # of regression heads


def _exported(file: str | Path, skeleton: Skeleton, input_size: tuple[int, int], flip_test: bool) -> OnnxPoseEstimator:
    exported = OnnxPoseEstimator(file, flip_test, skeleton.flip_indices)
    if exported.input_size != input_size or exported.num_keypoints not in (len(skeleton), None):
        raise ValueError(
            f"{file} takes {exported.input_size} and predicts {exported.num_keypoints} keypoints, the config's model "
            f'{input_size} and {len(skeleton)}; give an export of the same model'
        )
    return exported


def _boxes(number: int, frame_size: tuple[int, int]) -> np.ndarray:
    """People side by side, as high as most of the frame, ``[N, 4]``."""
    width, height = frame_size
    centers = (np.arange(number) + 0.5) * width / number
    half = 0.15 * height
    return np.stack([centers - half, centers * 0 + 0.1 * height, centers + half, centers * 0 + 0.9 * height], -1)


def processor_name() -> str:
    """What this machine's processor is called."""
    info = Path('/proc/cpuinfo')
    named = [line for line in (info.read_text() if info.is_file() else '').splitlines() if 'model name' in line]
    return named[0].partition(':')[2].strip() if named else platform.processor() or platform.machine()


def _machine(devices: Sequence[str]) -> str:
    cards = [torch.cuda.get_device_name(device) for device in devices if torch.device(device).type == 'cuda']
    return ', '.join([processor_name(), f'{torch.get_num_threads()} threads', *cards, f'torch {torch.__version__}'])
