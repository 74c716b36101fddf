"""Exported students: what tools/export.py writes, of a network with random weights, and how one is exported once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import torch
from mmengine.config import Config

from tests.builders import model_config
from tests.student_files import write_student
from unipose.commands.export.deployed_student import Exportable, load_exportable
from unipose.commands.export.onnx_file import write_onnx
from unipose.commands.export.options import ExportOptions


def write_run_checkpoint(folder: Path, **config: Any) -> Path:
    """A student as a training run saves it: its config is in the checkpoint."""
    _, weights = write_student(folder)
    content = torch.load(weights, weights_only=False)
    whole = dict(default_scope='mmpose', model=model_config('coco+mpii', 21), **config)
    content['meta']['cfg'] = Config(whole).pretty_text
    torch.save(content, folder / 'epoch_1.pth')
    return folder / 'epoch_1.pth'


def write_exported(folder: Path, **options: Any) -> Path:
    """The ONNX file of such a student, in the options of tools/export.py."""
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / 'student.onnx'
    write_onnx(load_exportable(write_run_checkpoint(folder)), out, ExportOptions(**options))
    return out


def exported_once(
    export: Callable[[Exportable, ExportOptions], onnx.ModelProto], folder: Path
) -> Callable[[Exportable, ExportOptions], onnx.ModelProto]:
    """Wraps torch's export, which takes 7 s: the same network is exported once into a folder, and read afterwards."""

    def exported(student: Exportable, options: ExportOptions) -> onnx.ModelProto:
        network = student.network(options.decode, options.bgr)
        same = hashlib.sha256(
            repr((network, network.split_ratio, student.input_size, options.decode, options.dynamic_batch)).encode()
        )
        for name, value in network.state_dict().items():
            same.update(name.encode() + value.numpy().tobytes())
        file = folder / f'{same.hexdigest()}.onnx'
        if not file.is_file():
            part = file.with_suffix(f'.{os.getpid()}')
            onnx.save(export(student, options), part)
            part.replace(file)
        return onnx.load(file)

    return exported
