"""The page's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.sources.measure import FRAME
from benchmarks.sources.models import SourceModel
from unipose.evaluation.format_scores import format_markdown

_IDLE = 0.2  # cores that others keep busy


def tables(models: Sequence[SourceModel], measured: Mapping[str, Mapping[str, Any]]) -> str:
    """What was measured of each model, and what it is for.

    Args:
        models: The rows.
        measured: By title, what :func:`benchmarks.sources.measure.measure` found, and ``load``, how many cores were
            busy before it was measured.

    Raises:
        ValueError: If a model was not measured.
    """
    missing = [model.title for model in models if model.title not in measured]
    if missing:
        raise ValueError(f'{missing} were not measured yet; python benchmarks/models.py measures them')
    machines = sorted({found['machine'] for found in measured.values()})
    facts = f'One person in a frame of {FRAME[0]}x{FRAME[1]} on {" and on ".join(machines)}.'
    load = max(found['load'] for found in measured.values())
    if load > _IDLE:
        facts += f' **Other work ran beside it ({load:.1f} cores busy): frames/s are too few.**'
    return '\n\n'.join([facts, _costs(models, measured), _uses(models, measured)])


def _costs(models: Sequence[SourceModel], measured: Mapping[str, Mapping[str, Any]]) -> str:
    rows = []
    for model in models:
        found, published = measured[model.title], model.score()
        rates = [f'{1000 / found["ms"][kind]:.1f}' if kind in found['ms'] else '-' for kind in ('fp32', 'bf16')]
        rows.append(
            [
                model.title,
                '{}x{}'.format(*found['input_size']),
                f'{found["params"] / 1e6:.1f}',
                f'{found["flops"] / 1e9:.2f}',
                *rates,
                f'{published.score}, {published.source}' if published else '-',
            ]
        )
    head = ['model', 'input', 'parameters, M', 'GFLOPs', 'frames/s', 'frames/s in bf16', 'published']
    return format_markdown(head, rows)


def _uses(models: Sequence[SourceModel], measured: Mapping[str, Mapping[str, Any]]) -> str:
    rows = ['| model | config | weights | teaches by its | is a student |', '| --- | --- | --- | --- | --- |']
    for model in models:
        student = f'`unipose train {model.student}`' if model.student else '-'
        link = f'[{Path(model.config).stem}](../{model.config})'
        rows.append(f'| {model.title} | {link} | {model.weights()} | {measured[model.title]["kind"]} | {student} |')
    return '\n'.join(rows)
