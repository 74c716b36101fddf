"""The finished runs as tables: docs/results.md to read, docs/results/real_people.json for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.page import write_between
from benchmarks.quality.bootstrap import Interval, paired_intervals, seed_spread
from benchmarks.quality.scores import PersonScores
from benchmarks.real.rows import MAIN_SEEDS, ROWS
from benchmarks.real.runs import TEACHERS, load_result, result_file
from unipose.evaluation.format_scores import format_markdown
from unipose.files import write_json

PAGE = Path('docs/results.md')
MACHINE = Path('docs/results/real_people.json')
COLUMNS = dict(
    coco_ap='COCO AP',
    coco_ap_fixed='AP, fixed score',
    mpii_pckh='PCKh@0.5',
    mpii_pckh01='PCKh@0.1',
    lsp_pck='LSP PCK@0.2',
    lsp_pckh='LSP PCKh@0.5',
)
_KEPT = dict(coco_ap='coco', mpii_pckh='mpii', lsp_pck='mpii')
_OURS = ('unipose', 'unipose_boxes')
_BOOTSTRAP_SEED = 0

Results = Mapping[str, Sequence[Mapping[str, Any]]]


def write_report(split: str) -> None:
    """Writes a split's tables into the page, between its marks, and the test people's rows into the JSON file.

    Raises:
        ValueError: If no run is finished, or the page has lost its marks.
    """
    results = finished(split)
    if not results:
        raise ValueError(f'no run is finished on {split}; run without --report first')
    text = tables(results, split)
    write_between(PAGE, f'real people, {split}', 'benchmarks/real_people.py', text)
    if split == 'test':
        rows = [dict(name=name, seed=one['seed'], **one['columns']) for name, found in results.items() for one in found]
        write_json(MACHINE, rows)
    print(f'{PAGE}\n\n{text}')


def finished(split: str) -> Results:
    """Results by row, in order of seeds."""
    found = {name: [load_result(name, seed, split) for seed in MAIN_SEEDS] for name in ROWS}
    return {name: [one for one in results if one] for name, results in found.items() if any(results)}


def tables(results: Results, split: str) -> str:
    """The main table, what it is sure of, and the single changes, in Markdown."""
    people = {name: [PersonScores(result['people']) for result in found] for name, found in results.items()}
    main = [name for name in results if ROWS[name].main]
    others = [name for name in results if not ROWS[name].main]
    parts = [_values(main, people, results, split)]
    complete = [name for name in main if len(results[name]) == len(MAIN_SEEDS)]
    for ours in (name for name in _OURS if name in complete):
        pairs = [(ours, other) for other in complete if other != ours]
        if pairs:
            found = paired_intervals(people, pairs, _BOOTSTRAP_SEED)
            seeds = f'{len(MAIN_SEEDS)} seeds, with 95% intervals over people and seeds'
            parts += [f'{ROWS[ours].title}, less each of the others, {seeds}:', _differences(found)]
    shown = [name for name in complete if len(results[name]) > 1]
    if shown:
        parts += ['What the judges can show: a row less itself with another seed, 95% intervals over people:']
        parts += [_against_itself(shown, people)]
    if others:
        parts += ['Single changes, one seed:', _values(others, people, results, split)]
        first = {name: found[:1] for name, found in people.items() if results[name][0]['seed'] == MAIN_SEEDS[0]}
        pairs = [(name, ROWS[name].changes) for name in others if {name, ROWS[name].changes} <= first.keys()]
        if pairs:
            parts += ['Each less what it changes, the same seed, with 95% intervals over people only:']
            parts += [_differences(paired_intervals(first, pairs, _BOOTSTRAP_SEED), both=True)]
    return '\n\n'.join(parts)


def _teachers(split: str) -> dict[str, Mapping[str, Any]]:
    files = {name: result_file(f'teacher_{name}', 0, split) for name in TEACHERS}
    return {name: json.loads(file.read_text(encoding='utf-8')) for name, file in files.items() if file.is_file()}


def _values(names: Sequence[str], people: Mapping, results: Results, split: str) -> str:
    teachers = _teachers(split)
    kept = {column: teachers[name]['columns'][column] for column, name in _KEPT.items() if name in teachers}
    head = ['', 'seeds', *COLUMNS.values(), *(f'% kept of {COLUMNS[column]}' for column in kept), 'min/run']
    rows = [
        [
            TEACHERS[name],
            '',
            *(_number(column, one['columns'].get(column)) for column in COLUMNS),
            *['-'] * len(kept),
            '-',
        ]
        for name, one in teachers.items()
    ]
    for name in names:
        spread = seed_spread(people[name])
        values = [_spread(column, *spread[column]) for column in COLUMNS]
        shares = [f'{100 * spread[column].mean / best:.1f}' for column, best in kept.items()]
        seconds = [result['train_seconds'] for result in results[name] if 'train_seconds' in result]
        minutes = f'{sum(seconds) / len(seconds) / 60:.0f}' if seconds else '-'
        rows.append([ROWS[name].title, str(len(results[name])), *values, *shares, minutes])
    return format_markdown(head, rows)


def _differences(found: Mapping[tuple[str, str], Mapping[str, Interval]], both: bool = False) -> str:
    rows = []
    for (first, other), intervals in found.items():
        title = f'{ROWS[first].title} (of: {ROWS[other].title})' if both else ROWS[other].title
        rows.append([title, *(_interval(column, intervals[column]) for column in COLUMNS)])
    return format_markdown(['', *COLUMNS.values()], rows)


def _against_itself(names: Sequence[str], people: Mapping[str, Sequence[PersonScores]]) -> str:
    rows = []
    for name in names:
        one, other = (people[name][seed : seed + 1] for seed in (0, 1))
        found = paired_intervals(dict(one=one, other=other), [('one', 'other')], _BOOTSTRAP_SEED)
        intervals = found['one', 'other']
        rows.append([ROWS[name].title, *(_interval(column, intervals[column]) for column in COLUMNS)])
    return format_markdown(['', *COLUMNS.values()], rows)


def _interval(column: str, interval: Interval) -> str:
    difference, low, high = (_points(column) * value for value in interval)
    return f'{difference:+.1f} [{low:+.1f}, {high:+.1f}]'


def _spread(column: str, mean: float, sd: float) -> str:
    return _number(column, mean) if sd != sd else f'{_number(column, mean)} ± {_points(column) * sd:.1f}'


def _number(column: str, value: float | None) -> str:
    return '-' if value is None else f'{_points(column) * value:.1f}'


def _points(column: str) -> float:
    return 100.0 if column.startswith('coco') else 1.0  # all in points
