"""The rows: which teacher is shown what, and how each is scored."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import unipose.registration  # noqa: F401

# isort: split
from mmengine.config import Config

from unipose.evaluation.evaluate import evaluate_teacher
from unipose.files.read_config import read_config
from unipose.simcc import Window

CONFIG = Path(__file__).resolve().parents[2] / 'configs' / 'distill_small_public.py'
MEASURES = dict(coco=('AP', 'AR'), mpii=('PCKh@0.5', 'PCKh@0.1'))
_STUDENTS = ((192, 256), (96, 128))


@dataclass(frozen=True)
class Row:
    """One way of showing people to a teacher.

    Args:
        teacher: Its name, ``coco`` or ``mpii``, which is the source that it is scored on too.
        file: Its ONNX file.
        padding: Factor on the longer side of a person's box.
        entry: Changes of its entry.
        flip_test: Whether predictions are averaged with those on the mirrored image.
        student: Input size of the student through whose canvas it sees; None for crops of its own.
        canvas_scale: Pixels of that canvas per pixel of the student.
    """

    teacher: str
    file: str
    padding: float
    entry: Mapping[str, Any] = field(default_factory=dict)
    flip_test: bool = False
    student: tuple[int, int] | None = None
    canvas_scale: float = 1.0

    def facts(self) -> dict[str, Any]:
        """The row in plain values."""
        return asdict(self)


def rows() -> list[Row]:
    """All of them."""
    thunder, lightning = (f'movenet-{name}-coco17.onnx' for name in ('thunder', 'lightning'))
    efficient = 'efficientpose-ii-lite-mpii16.onnx'
    found = [
        Row(teacher, file, padding, flip_test=flip)
        for teacher, file in (('coco', thunder), ('coco', lightning), ('mpii', efficient))
        for padding in (1.0, 1.25, 1.5, 2.0)
        for flip in (False, True)
    ]
    everywhere = dict(adapter=dict(box_factor=0.0))
    found += [Row('coco', thunder, 1.25, entry) for entry in (everywhere, everywhere | dict(blackout=1.25))]
    found += [Row('coco', thunder, 1.25, dict(blackout=1.25))]
    found += [
        Row(teacher, file, padding, student=student, canvas_scale=scale)
        for teacher, file, padding in (('coco', thunder, 1.25), ('mpii', efficient, 1.25))
        for student in _STUDENTS
        for scale in (1.0, 2.0)
    ]
    return found


def measure(row: Row, people: Path, teachers: Path) -> dict[str, float]:
    """Scores a row on people of COCO's and MPII's validation sets.

    Args:
        row: The row.
        people: Folder with ``coco`` and ``mpii``, in the layouts of data/README.md.
        teachers: Folder of the ONNX files.

    Raises:
        FileNotFoundError: If a file is missing.
    """
    config = read_config(CONFIG)
    _use_people(config, people)
    entry = config.model.teachers[row.teacher]
    entry.onnx = str(teachers / row.file)
    for key, value in row.entry.items():
        entry[key] = dict(entry.get(key) or {}, **value) if isinstance(value, Mapping) else value
    options: dict[str, Any] = dict(flip_test=row.flip_test)
    if row.student:
        _use_student(config, row)
        entry.padding = dict.fromkeys(MEASURES, row.padding)
        options['canvas'] = True
    else:
        options['padding'] = row.padding
    with contextlib.redirect_stdout(io.StringIO()):
        metrics = evaluate_teacher(config, row.teacher, **options).metrics
    return {name: metrics[f'{row.teacher}/{name}'] for name in MEASURES[row.teacher]}


def _use_people(config: Config, people: Path) -> None:
    """Has a config test on people elsewhere, in this process."""
    loader, metrics = config.test_dataloader, config.test_evaluator.metrics
    loader.update(num_workers=0, persistent_workers=False)
    for name, source in loader.dataset.sources.items():
        source.dataset.data_root = str(people / name)
    loader.dataset.sources.mpii.dataset.headbox_file = str(people / 'mpii' / 'annotations' / 'mpii_gt_val.mat')
    metrics.coco.ann_file = str(people / 'coco' / 'annotations' / 'person_keypoints_val2017.json')


def _use_student(config: Config, row: Row) -> None:
    """Has a config crop canvases for a student of another input size or scale, as large as the row needs."""
    width, height = row.student
    config.model.head.decoder.input_size = row.student
    window = Window.finer(row.student, row.canvas_scale).size[1]
    padding = config.test_dataloader.dataset.sources[row.teacher].get('padding', 1.25)
    # of MPII's square box the student's window is 4/3 as high
    share = row.padding / padding * (1.0 if row.teacher == 'coco' else 0.75)
    side = round(window * share)
    side += (side - window) % 2
    for step in config.train_dataloader.dataset.pipeline:
        for crop in step.get('transforms') or ():
            if crop['type'] == 'CanvasAffine':
                crop.update(input_size=row.student, canvas_size=(side, side), canvas_scale=row.canvas_scale)
