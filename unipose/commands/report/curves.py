"""What a run logged, as curves."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from unipose.files import read_json_lines

Series = dict[str, dict[float, float]]
"""Values by step or epoch, by name."""

# one text colour that the page replaces with its own, light or dark; and lines that are seen on both
_INK = '#010203'
_LINES = ('#3b82c4', '#e08a00', '#2a9d76', '#c8553d', '#a46bc4', '#7a8794', '#b59f00', '#d16b97')
_SIZE = (4.6, 2.9)  # inches
_STYLE = {
    'svg.fonttype': 'none',
    'font.family': 'sans-serif',
    'axes.spines.top': False,
    'axes.spines.right': False,
    'axes.grid': True,
    'grid.alpha': 0.15,
    'legend.frameon': False,
    'legend.labelcolor': _INK,
    **{f'{key}.color': _INK for key in ('text', 'xtick', 'ytick', 'grid')},
    **{f'axes.{key}color': _INK for key in ('edge', 'label')},
}


def run_curves(work_dir: Path) -> dict[str, str]:
    """Charts of a run by title, as SVG elements without size or colour of text; those without two points are left out.

    Args:
        work_dir: The run's work dir, with MMEngine's ``scalars.json`` and ``distillation.jsonl``.
    """
    trained, validated = _scalars(work_dir)
    terms = {line['epoch']: line['terms'] for line in read_json_lines(work_dir / 'distillation.jsonl')}
    charts = {
        'Loss terms, weighted': ('epoch', 'nats per keypoint', _of_terms(terms, 'loss')),
        'Weight within 2 px of the teacher': ('epoch', 'share', _of_terms(terms, 'agree', 'kd_')),
        'Validation: AP and AR': ('epoch', '', _pick(validated, r'^[^/]+/A[PR]\d*$')),
        'Validation: PCK': ('epoch', '%', _pick(validated, r'^[^/]+/PCKh?@[^/]*$')),
        'Learning rate': ('step', '', _pick(trained, r'^lr$')),
        'Time of a step': ('step', 'seconds', _pick(trained, r'^((data|teachers|student)_)?time$')),
    }
    return {title: _svg(title, *chart) for title, chart in charts.items() if any(len(v) > 1 for v in chart[2].values())}


def _scalars(work_dir: Path) -> tuple[Series, Series]:
    """Numbers by name: of training by step, of validation by epoch. What a resumed run repeats counts once."""
    trained: Series = {}
    validated: Series = {}
    for file in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in read_json_lines(file):
            into = trained if 'loss' in line else validated
            for name, value in line.items():
                if isinstance(value, int | float) and 'step' in line:
                    into.setdefault(name, {})[line['step']] = value
    return trained, validated


def _of_terms(terms: Mapping[int, Mapping[str, Mapping[str, float]]], column: str, prefix: str = '') -> Series:
    names = dict.fromkeys(name for by_name in terms.values() for name in by_name if name.startswith(prefix))
    found = {
        name: {epoch: by_name[name][column] for epoch, by_name in terms.items() if column in by_name.get(name, {})}
        for name in names
    }
    return {name.removeprefix(prefix): values for name, values in found.items() if values}


def _pick(series: Series, pattern: str) -> Series:
    return {name: values for name, values in series.items() if re.search(pattern, name)}


def _svg(title: str, x_label: str, y_label: str, series: Series) -> str:
    with rc_context(_STYLE | {'svg.hashsalt': title}):
        figure = Figure(figsize=_SIZE, layout='constrained')
        axes = figure.add_subplot()
        for number, (name, values) in enumerate(series.items()):
            style = 'o-' if len(values) < 30 else '-'
            axes.plot(
                *zip(*sorted(values.items())), style, ms=3, lw=1.5, color=_LINES[number % len(_LINES)], label=name
            )
        axes.set(xlabel=x_label, ylabel=y_label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if len(series) > 1:
            axes.legend(fontsize='small', ncols=1 + len(series) // 6)
        file = io.StringIO()
        figure.savefig(file, format='svg', transparent=True, metadata=dict(Date=None))
    drawn = file.getvalue()
    drawn = drawn[drawn.index('<svg') :].replace(_INK, 'currentColor')
    return re.sub(r' (width|height)="[^"]*pt"', '', drawn, count=2)
