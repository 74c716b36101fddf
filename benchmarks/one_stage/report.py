"""The experiment's tables."""

from __future__ import annotations

from collections.abc import Sequence

from .heard import Heard, hear
from .rows import ROWS
from .runs import run

_COLUMNS = {
    'coco': "COCO's 17, on COCO's people",
    'shared': "the 12 that both know, on MPII's people",
    'mpii_only': 'the 4 that MPII alone knows',
}


def report(names: Sequence[str], seeds: Sequence[int]) -> str:
    """Tables of what students hear, and of what they learn, in Markdown."""
    return f'{format_heard(hear())}\n\n{format_rows(names, seeds)}'


def format_heard(heard: Sequence[Heard]) -> str:
    """What teachers say of held-out people whom their dataset annotates."""
    lines = [
        '| teacher | its targets, read as | median, % of the box | within 5% | within 2% | weight |',
        '| --- | --- | ---: | ---: | ---: | ---: |',
    ]
    for one in heard:
        near, nearer = one.within
        lines.append(f'| {one.name} | {one.way} | {one.median:.2f} | {near:.1f} | {nearer:.1f} | {one.weight:.2f} |')
    return '\n'.join(lines)


def format_rows(names: Sequence[str], seeds: Sequence[int]) -> str:
    """What finished runs score."""
    titles = ' | '.join(f'{title}: AP | within 5% | within 2% | score' for title in _COLUMNS.values())
    lines = [f'| annotated pictures | taught by | seed | {titles} |', '|' + ' --- |' * 3 + ' ---: |' * 12]
    for name in names:
        title, sources, _ = ROWS[name]
        for seed in seeds:
            result = run(name, seed)
            cells = [f'{value:.1f}' for group in _COLUMNS for value in result['groups'][group].values()]
            lines.append(f'| {" + ".join(sources)} | {title} | {seed} | {" | ".join(cells)} |')
    return '\n'.join(lines)
