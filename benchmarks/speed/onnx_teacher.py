"""One RTMPose-m in several frameworks and precisions."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS, MODELS
from torch import nn

from benchmarks.quality.runs import row_config
from benchmarks.speed.storing import batches, off
from unipose.checkpoints.without_starts import without_starts
from unipose.commands.export.quantise import quantised
from unipose.evaluation.format_scores import format_markdown
from unipose.files.onnx.session import open_session
from unipose.simcc import Canvas, SimCCBins, SimCCTarget, Window
from unipose.skeletons import load_skeleton
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher

ROOT = Path(__file__).resolve().parents[2]
TEACHER = ROOT / 'configs' / 'teachers' / 'rtmpose-m_coco-256x192.py'
STUDENT = ROOT / 'configs' / 'distill_small.py'
SIZE = (192, 256)
_CALIBRATION = 4  # batches


class _Forward(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: torch.Tensor) -> Any:
        return self.model.head(self.model.extract_feat(images))


def _export(model: nn.Module, file: Path, size: tuple[int, int]) -> None:
    torch.onnx.export(
        _Forward(model),
        (torch.zeros(2, 3, *size[::-1]),),
        file,
        input_names=['input'],
        output_names=['simcc_x', 'simcc_y'],
        dynamic_shapes=({0: torch.export.Dim('batch')},),
        opset_version=18,
        dynamo=True,
        verbose=False,
    )


def _int8(file: Path, images: torch.Tensor) -> Path:
    """The file in int8, calibrated on images ``[N, 3, h, w]``."""
    import onnx

    out = file.with_suffix('.int8.onnx')
    if not out.is_file():
        onnx.save(quantised(onnx.load(file), images.contiguous().numpy()), out)
    return out


def _weights(folder: Path) -> tuple[Path, Path]:
    """A checkpoint of random weights and the same model's ONNX file."""
    checkpoint, file = folder / 'teacher.pth', folder / 'teacher.onnx'
    if not file.is_file():
        init_default_scope('mmpose')
        torch.manual_seed(0)
        model = MODELS.build(without_starts(Config.fromfile(TEACHER).model)).eval()
        for parameter in model.head.parameters():  # far from the initial near-zero outputs
            parameter.data.normal_(std=0.1)
        torch.save(dict(state_dict=model.state_dict()), checkpoint)
        _export(model, file, SIZE)
    return checkpoint, file


def _teacher(entry: dict[str, Any]) -> Teacher:
    window = Window(SIZE, SIZE)
    teacher = Teacher.from_entry('coco', dict(entry, skeleton='coco'), window, load_skeleton('coco'))
    pixels = PixelFormat('RGB', (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
    teacher.connect(Canvas(SIZE), window, SimCCBins(SIZE, (4.9, 5.66)), pixels)
    return teacher


def _ways(folder: Path) -> dict[str, Teacher]:
    checkpoint, file = _weights(folder)
    mmpose = dict(config=str(TEACHER), checkpoint=str(checkpoint))
    int8 = _int8(file, torch.randn(16, 3, *SIZE[::-1], generator=torch.Generator().manual_seed(1)))
    return {
        'MMPose, fp32': _teacher(dict(mmpose, precision='fp32')),
        'MMPose, auto': _teacher(mmpose),
        'MMPose in OpenVINO, fp32': _teacher(dict(mmpose, backend='openvino', precision='fp32')),
        'MMPose in OpenVINO, auto': _teacher(dict(mmpose, backend='openvino')),
        'ONNX': _teacher(dict(onnx=str(file))),
        'ONNX, int8': _teacher(dict(onnx=str(int8))),
        'ONNX, 1 thread': _teacher(dict(onnx=str(file), threads=1)),
    }


def agreement(folder: Path, batch_size: int) -> str:
    """How far the targets of both frameworks in fp32 are apart."""
    ways = _ways(folder)
    canvas = torch.randn(batch_size, 3, *SIZE[::-1], generator=torch.Generator().manual_seed(0))
    one, other = (ways[name](canvas) for name in ('MMPose, fp32', 'ONNX'))
    apart = max(
        (a - b).abs().max().item() for a, b in zip((*one.axes, one.weight), (*other.axes, other.weight), strict=True)
    )
    return f'targets of MMPose and ONNX in fp32: at most {apart:.1e} apart, weights included'


def precision(folder: Path) -> str:
    """How far the targets of trained teachers are from those of plain fp32, as :func:`benchmarks.speed.storing.off`.

    int8 is calibrated on the first 64 of the inputs that it is measured on.
    """
    init_default_scope('mmpose')
    config = row_config('unipose', 0)
    plain = _with_entries(config, precision='fp32')
    inputs = list(batches(plain, DATASETS.build(dict(config.train_dataloader.dataset, seed=0))))
    ways = {
        'MMPose, bf16': _with_entries(config, precision='bf16').teachers,
        'MMPose in OpenVINO, fp32': _with_entries(config, backend='openvino', precision='fp32').teachers,
        'MMPose in OpenVINO, bf16': _with_entries(config, backend='openvino', precision='bf16').teachers,
    }
    rows = []
    for name, teacher in plain.teachers.items():
        exact = _targets(teacher, inputs)
        for way, teachers in ways.items():
            found = off(plain, exact, _targets(teachers[name], inputs))
            rows.append([name, way, f'{found["kl"]:.1e}', f'{found["shift"]:.3f}'])
        teacher.network = _Int8(teacher.network, folder / f'{name}.onnx')
        _targets(teacher, inputs[:_CALIBRATION])
        teacher.network.quantise()
        found = off(plain, exact, _targets(teacher, inputs))
        rows.append([name, 'ONNX, int8', f'{found["kl"]:.1e}', f'{found["shift"]:.3f}'])
    return format_markdown(['teacher', 'way', 'KL, nats', 'shift, px'], rows)


class _Int8:
    """In place of a network: shown some images by it, it is exported and quantised by them, and runs in int8."""

    def __init__(self, network: Any, file: Path) -> None:
        self._network, self._file = network, file
        self._session: Any = None
        self._seen: list[torch.Tensor] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def __call__(self, images: torch.Tensor) -> tuple[Any, Any]:
        if self._session is None:
            self._seen.append(images)
            return self._network(images)
        found = self._session.run(None, {'input': images.contiguous().numpy()})
        return tuple(map(torch.from_numpy, found)), None

    def quantise(self) -> None:
        images = torch.cat(self._seen)
        _export(self._network.estimator(), self._file, tuple(images.shape[:1:-1]))
        self._session = open_session(_int8(self._file, images), 0)


def _with_entries(config: Config, **changes: Any) -> Any:
    """The config's model, its teachers' entries changed."""
    model = copy.deepcopy(config.model)
    for entry in model.teachers.values():
        entry.update(changes)
    return MODELS.build(model).eval()


@torch.no_grad()
def _targets(teacher: Teacher, inputs: list[torch.Tensor]) -> list[SimCCTarget]:
    return [teacher(canvases).select_keypoints(teacher.keypoint_map.dst_indices) for canvases in inputs]


def costs(folder: Path, batch_size: int, turns: int) -> str:
    """Milliseconds a sample of each way, and of a student's step behind it, in turns."""
    ways, step = _ways(folder), _student_step(batch_size)
    canvas = torch.randn(batch_size, 3, *SIZE[::-1], generator=torch.Generator().manual_seed(0))
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for turn in range(turns + 1):
        for name, teacher in ways.items():
            times = _milliseconds(lambda t=teacher: t(canvas)), _milliseconds(step)
            if turn:  # the first warms up
                spent[name].append(tuple(value / batch_size for value in times))
    medians = {name: np.median(values, 0) for name, values in spent.items()}
    own = {name: np.array(values)[:, 0] for name, values in spent.items()}
    faster = {name: float(np.median(own['MMPose, auto'] / values)) for name, values in own.items()}
    rows = [[name, f'{ms:.1f}', f'{faster[name]:.2f}', f'{behind:.1f}'] for name, (ms, behind) in medians.items()]
    head = ['teacher', 'ms a sample', 'times as fast as MMPose, auto', "the student's step behind it, ms a sample"]
    return f'{torch.get_num_threads()} threads of torch\n' + format_markdown(head, rows)


def _student_step(batch_size: int) -> Callable[[], None]:
    init_default_scope('mmpose')
    config = without_starts(Config.fromfile(STUDENT).model)
    config.teachers = None
    config.backbone.norm_cfg.type = 'BN'
    student = _Forward(MODELS.build(config)).train()
    images = torch.randn(batch_size, 3, *SIZE[::-1])

    def step() -> None:
        sum(part.square().mean() for part in student(images)).backward()

    return step


def _milliseconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)
