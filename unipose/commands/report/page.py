"""Puts a run's numbers, curves and pictures on one page."""

from __future__ import annotations

import base64
import datetime
import math
from pathlib import Path
from typing import Any

import cv2
import jinja2
import numpy as np
from mmengine.config import Config

from unipose.evaluation.comparison_tables import STUDENT, Comparison
from unipose.evaluation.format_scores import format_value
from unipose.files import write_file

from .curves import run_curves
from .samples import SampleGallery

_TEMPLATE = 'page.html.j2'
_PICTURES = 4  # of each kind


def write_report(
    out: Path,
    work_dir: Path,
    config: Config,
    checkpoint: Path | None,
    metrics: Path | None,
    gallery: SampleGallery | str,
) -> None:
    """Writes a report of a run, one HTML file that needs no other.

    Args:
        out: The file.
        work_dir: The run's work dir.
        config: Its config.
        checkpoint: The checkpoint that the pictures are of.
        metrics: What ``unipose test`` wrote; None where nothing has been scored.
        gallery: Samples to show, or why there are none.

    Raises:
        ValueError: If the metrics are not of that form.
        OSError: If it cannot be written.
    """
    comparison = Comparison.from_file(metrics) if metrics else None
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader('unipose.commands.report', '.'),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(_TEMPLATE).render(
        title=work_dir.resolve().name,
        written=datetime.datetime.now().strftime('%Y-%m-%d %H:%M'),
        checkpoint=checkpoint,
        config_name=Path(config.filename or 'config').name,
        config=config.pretty_text,
        tables=comparison.tables()[:1] if comparison else [],
        bars=_bars(comparison) if comparison else {},
        protocols=_protocols(comparison) if comparison else {},
        curves=run_curves(work_dir),
        galleries=_galleries(gallery) if isinstance(gallery, SampleGallery) else {},
        no_gallery=gallery if isinstance(gallery, str) else '',
    )
    write_file(out, page.encode())


def _bars(comparison: Comparison) -> dict[str, list[dict[str, Any]]]:
    """By source and measure, of each keypoint what the student scores and what a teacher does, in percent."""
    found: dict[str, list[dict[str, Any]]] = {}
    for source, table in comparison.student.evaluation.per_keypoint.items():
        teacher = comparison.teachers.get(source)
        theirs = teacher.evaluation.per_keypoint.get(source, {}) if teacher and teacher.evaluation else {}
        for measure in dict.fromkeys(measure for values in table.values() for measure in values):
            if measure.endswith('_px'):
                continue
            found[f'{source}: {measure}'] = [
                dict(
                    keypoint=keypoint,
                    student=_number(values.get(measure)),
                    teacher=_number(theirs.get(keypoint, {}).get(measure)),
                    text=format_value(measure, values.get(measure, math.nan)),
                )
                for keypoint, values in table.items()
            ]
    return found


def _number(value: float | None) -> float | None:
    return round(value, 2) if value is not None and math.isfinite(value) else None


def _protocols(comparison: Comparison) -> dict[str, dict[str, Any]]:
    contenders = {f'teacher {name}': teacher for name, teacher in comparison.teachers.items()}
    contenders[STUDENT] = comparison.student
    return {title: contender.evaluation.protocol for title, contender in contenders.items() if contender.evaluation}


def _galleries(gallery: SampleGallery) -> dict[str, list[str]]:
    chosen = {'Best': gallery.best(_PICTURES), 'Worst': gallery.worst(_PICTURES)}
    for name in gallery.model.teachers:
        chosen[f'Farthest from teacher {name}'] = gallery.least_agreed(name, _PICTURES)
    return {title: [_embedded(picture) for picture in gallery.draw(indices)] for title, indices in chosen.items()}


def _embedded(picture: np.ndarray) -> str:
    content = cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
    return f'data:image/jpeg;base64,{base64.b64encode(content).decode()}'
