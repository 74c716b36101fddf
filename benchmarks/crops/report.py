"""The rows as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unipose.evaluation.format_scores import format_markdown

_HEAD = ['teacher', 'shown', 'padding', 'elsewhere', 'flip', 'AP / PCKh@0.5', 'AR / PCKh@0.1']


def table(found: Sequence[Mapping[str, Any]]) -> str:
    """Markdown of what was measured.

    Args:
        found: Rows with ``scores``.
    """
    return format_markdown(_HEAD, [_cells(row) for row in found])


def _cells(row: Mapping[str, Any]) -> list[str]:
    shown = 'its own crop'
    if row['student']:
        width, height = row['student']
        shown = f'canvas of a {width}x{height} student' + (
            f', x{row["canvas_scale"]:g}' if row['canvas_scale'] != 1 else ''
        )
    elsewhere = ''
    if row['teacher'] == 'coco':
        heard = 'heard' if row['entry'].get('adapter', {}).get('box_factor') == 0 else 'not heard'
        elsewhere = heard + (', black' if row['entry'].get('blackout') else '')
    digits = 3 if row['teacher'] == 'coco' else 1
    scores = [f'{value:.{digits}f}' for value in row['scores'].values()]
    name = row['file'].partition('-coco')[0].partition('-mpii')[0]
    return [name, shown, f'{row["padding"]:g}', elsewhere, 'yes' if row['flip_test'] else 'no', *scores]
