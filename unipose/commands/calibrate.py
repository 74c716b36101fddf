"""Measures how often a teacher is right when it is this sure, on images held out from training, and calibrates it."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from tqdm import tqdm

from unipose.batches.loaders import sample_loader
from unipose.batches.sample_batch import labels_of, metainfo_of
from unipose.checkpoints.model_kinds import refuse_pictures
from unipose.evaluation.configs import teacher_entry
from unipose.evaluation.format_scores import format_table
from unipose.files.read_config import read_config
from unipose.losses import build_target_loss
from unipose.simcc import Persons, SimCCBins
from unipose.teachers.calibration import TOLERANCE, Calibration, calibration_error, equal_groups
from unipose.teachers.entry import LOSS_WEIGHT_KEYS
from unipose.teachers.measured_offset import MeasuredOffset
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher
from unipose.visualization.canvas_samples import CanvasSamples, held_out_canvases

_INSIDE = 0.5  # share of a keypoint's mass inside the student's window from which the teacher places it there


@dataclass(frozen=True)
class Observations:
    """What a teacher said of annotated keypoints, and what was true.

    Args:
        confidence: Raw confidence, ``[N]``.
        right: Whether it lay within the tolerance of the truth, ``[N]``.
        error: Its distance from the truth, ``[N]``, in heights of the student's window.
        image: Number of the image that it is in, ``[N]``.
        signed: How far right and below the truth it lay, ``[N, 2]``, pixels of the teacher's input.
        offset: What the teacher's ``adapter.offset`` took out of that.
        left_out: How many more annotated keypoints there were, of which it said what is no finite number.
        tolerance: Student pixels.
        checkpoint: Name of the teacher's weights.
        checkpoint_sha256: Their digest.
    """

    confidence: np.ndarray
    right: np.ndarray
    error: np.ndarray
    image: np.ndarray
    signed: np.ndarray
    offset: tuple[float, float]
    left_out: int
    tolerance: float
    checkpoint: str
    checkpoint_sha256: str


@dataclass(frozen=True)
class CalibrationReport:
    """A calibration fitted on half of the images, and how reliable confidence is on the other half.

    Args:
        calibration: The calibration; ``measured`` has the expected calibration error before and after, and the offset.
        offset: How far off keypoints that are right are on average, all images taken together; None if none is right.
        deciles: Of the keypoints held out, by raw confidence: their number, mean raw confidence, mean calibrated
            confidence, and share that is right.
    """

    calibration: Calibration
    offset: MeasuredOffset | None
    deciles: list[tuple[int, float, float, float]]

    def __str__(self) -> str:
        measured = self.calibration.measured
        rows = [
            [str(count), f'{raw:.3f}', f'{calibrated:.3f}', f'{right:.3f}']
            for count, raw, calibrated, right in self.deciles
        ]
        table = format_table(['keypoints held out', 'confidence', 'calibrated', 'right'], rows)
        error = measured['calibration_error']
        head = (
            f'{measured["checkpoint"]} on {measured["source"]}: a keypoint is right within '
            f'{measured["tolerance"]:g} student pixels'
        )
        foot = [f'expected calibration error: {error["before"]:.4f} before, {error["after"]:.4f} after']
        if measured['keypoints']['left_out']:
            foot.append(_left_out(measured['keypoints']['left_out']))
        return '\n'.join([head, *table, *foot, *([str(self.offset)] if self.offset else [])])


def calibrate_teacher(config: str | Path | Config, name: str, source: str | None = None) -> CalibrationReport:
    """Calibrates a teacher of a config on one half of a validation source's images, and reports on the other half.

    Only annotated keypoints are asked about; what a teacher says of others is taken at the same worth.

    Args:
        config: Training config of the student that it teaches.
        name: Its name among ``model.teachers``.
        source: The validation source; by default the one of the teacher's name.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If there is no such teacher or source, or it has too few annotated keypoints.
    """
    config = read_config(config)
    refuse_pictures(config, 'calibrate teachers with the config of a top-down student, as configs/distill_small.py')
    source = source or name
    seen = observe_teacher(config, name, source)
    fitted = seen.image % 2 == 0
    if fitted.all():
        raise ValueError(
            f'source {source!r} annotates keypoints of teacher {name!r} in fewer than two images, and half of them are '
            'to be held out; name a source with more people' + f'; {_left_out(seen.left_out)}' * (seen.left_out > 0)
        )
    found = seen.right
    offset = MeasuredOffset.of(seen.signed[found], seen.image[found], seen.offset) if found.any() else None
    measured = dict(
        checkpoint=seen.checkpoint,
        checkpoint_sha256=seen.checkpoint_sha256,
        source=source,
        tolerance=seen.tolerance,
        keypoints=dict(fitted=int(fitted.sum()), held_out=int((~fitted).sum()), left_out=seen.left_out),
        offset=offset and offset.facts(),
    )
    calibration = Calibration.fit(seen.confidence[fitted], seen.right[fitted], measured, seen.error[fitted])
    raw, right = seen.confidence[~fitted], seen.right[~fitted]
    calibrated = calibration(torch.from_numpy(raw)).numpy()
    groups = equal_groups(raw, 10)
    calibration.measured['calibration_error'] = dict(
        before=calibration_error(raw.clip(0, 1), right, groups), after=calibration_error(calibrated, right, groups)
    )
    deciles = [
        (int(of.sum()), float(raw[of].mean()), float(calibrated[of].mean()), float(right[of].mean()))
        for of in (groups == group for group in range(groups.max() + 1))
    ]
    return CalibrationReport(calibration, offset, deciles)


@torch.no_grad()
def observe_teacher(config: Config, name: str, source: str) -> Observations:
    """Runs a teacher on the canvases of a validation source, cropped as in training but without random augmentation.

    A keypoint counts where it is annotated and the teacher places it inside the student's window; elsewhere its target
    has next to no weight, whatever the confidence.

    Args:
        config: Training config of the student that it teaches.
        name: Its name among ``model.teachers``.
        source: Name of the validation source.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If there is no such teacher or source, or the training pipeline crops no canvas.
    """
    init_default_scope(config.get('default_scope', 'mmpose'))
    device = torch.device(get_device())
    entry = {key: value for key, value in teacher_entry(config, name).items() if key not in LOSS_WEIGHT_KEYS}
    entry.update(confidence=True, calibration=None, derived=None)
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it reads
        samples = CanvasSamples(_canvases(config, source))
    preprocessor = MODELS.build(config.model.data_preprocessor)
    beta = build_target_loss(config.model.get('loss')).beta
    bins = SimCCBins.from_codec(config.model.head.decoder, beta=beta)
    teacher = Teacher.from_entry(name, entry, samples.student_window, samples.skeleton)
    pixels = PixelFormat.of_preprocessor(preprocessor, 'the student')
    teacher.connect(samples.canvas, samples.student_window, bins, pixels, entry.get('adapter'))
    teacher.apply(lambda tensor: tensor.to(device))
    preprocessor.to(device)

    own, union = list(teacher.keypoint_map.src_indices), list(teacher.keypoint_map.dst_indices)
    tolerance = TOLERANCE * samples.student_window.input_size[1]
    settings = config.val_dataloader
    loader = sample_loader(
        samples.dataset, batch_size=settings.get('batch_size', 1), num_workers=settings.get('num_workers', 0)
    )
    found: list[tuple[np.ndarray, ...]] = []
    images: dict[str, int] = {}
    left_out = 0
    with tqdm(total=len(samples.dataset), unit='person', desc=f'teacher {name}') as progress:
        for batch in loader:
            batch = preprocessor(batch, training=False)
            data_samples = batch['data_samples']
            persons = Persons.of_samples(data_samples, device)
            target, confidence, _ = teacher.predict(batch['inputs'], persons)
            truth = labels_of(data_samples, 'keypoint_labels').to(device)[:, union]  # [B, k, 2]
            annotated = labels_of(data_samples, 'keypoint_weights').to(device)[:, union] > 0
            signed = bins.decode(target)[:, own] - truth
            errors = signed.norm(dim=-1)
            no_number = annotated & (target.finite_rows()[1] | ~confidence.isfinite())[:, own]
            left_out += int(no_number.sum())
            asked = annotated & ~no_number & (target.weight[:, own] >= _INSIDE)
            numbers = [images.setdefault(path, len(images)) for path in metainfo_of(data_samples, 'img_path')]
            image = torch.tensor(numbers, device=device)[:, None].expand_as(errors)
            zoom = _zoom(samples, teacher, persons).to(device)
            values = (confidence[:, own], errors, image, signed * zoom)
            found.append(tuple(value[asked].cpu().numpy() for value in values))
            progress.update(len(data_samples))
    confidence, errors, image, signed = (np.concatenate(values) for values in zip(*found))
    return Observations(
        confidence=confidence.astype(np.float64),
        right=errors <= tolerance,
        error=errors / samples.student_window.input_size[1],
        image=image,
        signed=signed,
        offset=teacher.adapter.offset,
        left_out=left_out,
        tolerance=tolerance,
        checkpoint=teacher.network.weights.name,
        checkpoint_sha256=teacher.network.weights.sha256,
    )


def _left_out(count: int) -> str:
    return (
        f'of {count} more annotated keypoints it says what is no finite number; look at its weights, and try '
        "precision='fp32' in its entry"
    )


def _zoom(samples: CanvasSamples, teacher: Teacher, persons: Persons | None) -> torch.Tensor:
    """Pixels of the teacher's input in one of the student's along x and y, ``[B or 1, 1, 2]``."""
    own, student = (window.place(samples.canvas, persons) for window in (teacher.window, samples.student_window))
    sides = [torch.as_tensor(step / by).reshape(-1) for (step, _), (by, _) in zip(student.axes, own.axes, strict=True)]
    return torch.stack(sides, -1)[:, None]


def _canvases(config: Config, source: str) -> dict[str, Any]:
    """Config of a dataset that crops a validation source as training crops its own."""
    dataset = held_out_canvases(config)
    held_out = dataset['sources'] if dataset else {}
    if not held_out.get(source):
        known = [key for key, value in held_out.items() if value]
        raise ValueError(f'val_dataloader.dataset has no source {source!r}; it has {known}. Name one with --source')
    return dict(dataset, sources={source: held_out[source]})
