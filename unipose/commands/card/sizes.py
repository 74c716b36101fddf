"""Scores of a run by size of person, as a table."""

from __future__ import annotations

import re
from collections.abc import Mapping

from unipose.evaluation.format_scores import format_markdown, format_value
from unipose.evaluation.person_sizes import SIZES

_OF_SIZE = re.compile(rf'(.+)/({"|".join(map(re.escape, SIZES))})/(.+)')


def table_by_size(metrics: Mapping[str, float]) -> str:
    """A row for each dataset's measure, a column for each size; empty if nothing was scored by size.

    Args:
        metrics: Of an evaluation, such as ``mpii/under_128px/PCKh@0.5``.
    """
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for name, value in metrics.items():
        if match := _OF_SIZE.fullmatch(name):
            source, size, measure = match.groups()
            rows.setdefault((source, measure), {})[size] = value
    if not rows:
        return ''
    body = [
        [' '.join(row), *(format_value('/'.join(row), values[size]) if size in values else '-' for size in SIZES)]
        for row, values in rows.items()
    ]
    return format_markdown(['', *(size.replace('_', ' ') for size in SIZES)], body)
