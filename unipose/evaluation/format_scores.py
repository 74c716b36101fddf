"""Numbers as a table to read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .dataset_mean import MEAN_MEASURE, MEAN_NAME, MEAN_SOURCE
from .evaluate import Evaluation


def format_evaluation(evaluation: Evaluation, per_keypoint: bool = True) -> str:
    """Everything an evaluation found, as text.

    Args:
        evaluation: What was found.
        per_keypoint: Also one row for each keypoint.

    Returns:
        Lines: the protocol, then the numbers of each source.
    """
    protocol = evaluation.protocol
    width, height = protocol['input_size']
    digest = protocol['checkpoint_sha256']
    ema = {True: ', EMA weights', False: ', no EMA', None: ''}[protocol['ema']]
    lines = [
        protocol['checkpoint'] + (f' (sha256 {digest[:12]}...)' if digest else '') + ema,
        f'{protocol["num_keypoints"]} keypoints of {protocol["skeleton"]}, input {width}x{height}, '
        f'flip test {flip_test_name(protocol)}'
        f'{_scales(protocol["scales"])}{", each dataset in its own dialect" if protocol["dialects"] else ""}'
        f'{", people scored by " + protocol["rescorer"] if "rescorer" in protocol else ""}',
    ]
    for source, count in protocol['num_samples'].items():
        scored = protocol.get('scored', {}).get(source)
        lines += ['', f'{source}: {_samples(count, protocol["boxes"][source], protocol["padding"].get(source))}']
        lines += [f'  {scored}'] if scored else []
        lines += ['  ' + line for line in _summary(source, evaluation.metrics)]
        if protocol['flip_test'] and f'{source}/PCKh@0.5' in evaluation.metrics:
            lines += ['  offset: not measured through a flip test, --tta none does']
        if per_keypoint and source in evaluation.per_keypoint:
            lines += ['', *('  ' + line for line in _keypoints(evaluation.per_keypoint[source]))]
    mean = evaluation.metrics.get(MEAN_NAME)
    if mean is not None:
        lines += ['', f'{MEAN_SOURCE}: {MEAN_MEASURE} {format_value(MEAN_MEASURE, mean)}']
    return '\n'.join(lines)


def flip_test_name(protocol: Mapping[str, Any]) -> str:
    """How predictions were averaged with those on the mirrored image.

    >>> flip_test_name(dict(flip_test=True)), flip_test_name(dict(flip_test='aligned'))
    ("as MMPose's", 'aligned')
    """
    return {False: 'off', True: "as MMPose's"}.get(protocol['flip_test'], protocol['flip_test'])


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Aligned columns, the first to the left, the others to the right.

    Args:
        head: Names of the columns.
        rows: Cells of each row.

    Returns:
        Lines.

    >>> format_table(['', 'AP'], [['student', '0.7'], ['teacher', '0.75']])
    ['           AP', 'student   0.7', 'teacher  0.75']
    """
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    lines = []
    for first, *others in (head, *rows):
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append('  '.join([first.ljust(widths[0]), *cells]))
    return lines


def format_markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same as a table in Markdown."""
    rule = ['---'] + ['---:'] * (len(head) - 1)
    return '\n'.join(f'| {" | ".join(cells)} |' for cells in (head, rule, *rows))


def format_value(name: str, value: float) -> str:
    """A number as wide as its kind needs: AP and AR with three digits, percent with one, pixels with two."""
    if not math.isfinite(value):
        return '-'
    if name.startswith(('AP', 'AR')):
        return f'{value:.3f}'
    if name.endswith('/people'):
        return f'{value:.0f}'
    return f'{value:.2f}' if name.endswith('_px') or '_px/' in name else f'{value:.1f}'


def _samples(count: int, boxes: str, padding: float | None) -> str:
    if padding is None:
        return f'{count} pictures, people {boxes}'
    return f'{count} people, boxes: {boxes}, padding {padding:g}'


def _scales(scales: Sequence[float]) -> str:
    return f', scales {", ".join(f"{scale:g}" for scale in scales)}' if len(scales) > 1 else ''


def _summary(source: str, metrics: Mapping[str, float]) -> list[str]:
    """Single numbers in one table, those of the form ``<row>/<column>`` in another below it."""
    own = {name.removeprefix(f'{source}/'): value for name, value in metrics.items() if name.startswith(f'{source}/')}
    rows: dict[str, dict[str, float]] = {}
    for name, value in own.items():
        row, _, column = name.rpartition('/')
        if row:
            rows.setdefault(row, {})[column] = value
    for row in rows.keys() & own.keys():  # a mean stands with what it is the mean of, last
        rows[row]['Mean'] = own[row]
    single = {name: value for name, value in own.items() if '/' not in name and name not in rows}
    tables: dict[tuple[str, ...], list[list[str]]] = {}
    for row, cells in {**({'': single} if single else {}), **rows}.items():
        texts = [format_value(name if not row else f'{row}/{name}', value) for name, value in cells.items()]
        tables.setdefault(('', *cells), []).append([row, *texts])
    return [line for head, body in tables.items() for line in format_table(head, body)]


def _keypoints(table: Mapping[str, Mapping[str, float]]) -> list[str]:
    measures = list(dict.fromkeys(measure for values in table.values() for measure in values))
    rows = [
        [keypoint, *(format_value(measure, values.get(measure, math.nan)) for measure in measures)]
        for keypoint, values in table.items()
    ]
    return format_table(['keypoint', *measures], rows)
