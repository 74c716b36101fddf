"""The finished runs as tables: docs/results.md to read, docs/results/quality.json for machines."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from benchmarks.page import write_between
from benchmarks.quality.bootstrap import paired_intervals, seed_spread
from benchmarks.quality.rows import MAIN_SEEDS, ROWS, TEACHERS
from benchmarks.quality.runs import load_result
from benchmarks.quality.scores import PersonScores
from unipose.evaluation.format_scores import format_markdown
from unipose.files import write_json

PAGE = Path('docs/results.md')
MACHINE = Path('docs/results/quality.json')
COLUMNS = dict(
    coco_ap='COCO AP',
    coco_ap75='AP@.75',
    coco_ap_fixed='AP, fixed score',
    mpii_pckh='PCKh@0.5',
    mpii_pckh01='PCKh@0.1',
)
RETAINED = dict(teacher_coco='coco_ap', teacher_mpii='mpii_pckh')
_BOOTSTRAP_SEED = 0
_OURS = ('unipose', 'unspoken')


def write_report(split: str) -> None:
    """Writes a split's tables into the page, between its marks, and all finished rows into the JSON file."""
    results = {
        name: found
        for name in (*TEACHERS, *ROWS)
        if (found := [result for seed in MAIN_SEEDS if (result := load_result(name, seed, split))])
    }
    if not results:
        raise ValueError(f'no run is finished on {split}; run without --report first')
    text = tables(results)
    write_between(PAGE, split, 'benchmarks/distill_quality.py', text)
    everything = [
        dict(name=name, seed=seed, split=part, **result['columns'])
        for part in ('dev', 'test')
        for name in (*TEACHERS, *ROWS)
        for seed in MAIN_SEEDS
        if (result := load_result(name, seed, part))
    ]
    MACHINE.parent.mkdir(parents=True, exist_ok=True)
    write_json(MACHINE, everything)
    print(f'{PAGE}, {MACHINE}\n\n{text}')


def tables(results: dict[str, list[dict[str, Any]]]) -> str:
    """The main table, what it is sure of, and the single changes, in Markdown."""
    main = [name for name in ROWS if ROWS[name].main and name in results]
    complete = [name for name in main if len(results[name]) == len(MAIN_SEEDS)]
    others = [name for name in ROWS if not ROWS[name].main and name in results]
    people = {name: [PersonScores(result['people']) for result in found] for name, found in results.items()}
    parts = [_values([*(name for name in TEACHERS if name in results), *main], results, people)]
    pairs = [(ours, name) for ours in _OURS if ours in complete for name in complete if name not in ('unipose', ours)]
    intervals = paired_intervals(people, pairs, _BOOTSTRAP_SEED) if pairs else {}
    for ours in dict.fromkeys(ours for ours, _ in pairs):
        parts += [
            f'{ROWS[ours].title}, less each of the others, {len(MAIN_SEEDS)} seeds, with 95% intervals over people and '
            'seeds:',
            _differences([(ROWS[other].title, intervals[ours, other]) for first, other in pairs if first == ours]),
        ]
    if others:
        parts += ['Single changes, one seed:', _values(others, results, people)]
        first = {
            name: [PersonScores(result['people']) for result in found if result['seed'] == MAIN_SEEDS[0]]
            for name, found in results.items()
        }
        pairs = [(name, ROWS[name].changes) for name in others if first[name] and first.get(ROWS[name].changes)]
        if pairs:
            intervals = paired_intervals(first, pairs, _BOOTSTRAP_SEED)
            parts += [
                'Each less what it changes, the same seed, with 95% intervals over people only:',
                _differences([(f'{ROWS[a].title} (of: {ROWS[b].title})', intervals[a, b]) for a, b in pairs]),
            ]
    return '\n\n'.join(parts)


def _values(names: list[str], results: dict, people: dict[str, list[PersonScores]]) -> str:
    kept = {teacher: results[teacher][0]['columns'] for teacher in RETAINED if teacher in results}
    head = ['', 'seeds', *COLUMNS.values(), *(f'% of {TEACHERS[teacher][0]} teacher' for teacher in kept), 'min/run']
    rows = []
    for name in names:
        spread = seed_spread(people[name])
        cells = [_spread(column, spread.get(column)) for column in COLUMNS]
        for teacher, columns in kept.items():
            column = RETAINED[teacher]
            share = f'{100 * spread[column].mean / columns[column]:.1f}' if column in spread else '-'
            cells.append(share)
        seconds = [result['train_seconds'] for result in results[name] if 'train_seconds' in result]
        cells.append(f'{sum(seconds) / len(seconds) / 60:.1f}' if seconds else '-')
        rows.append([results[name][0]['title'], str(len(results[name])), *cells])
    return format_markdown(head, rows)


def _differences(rows: list[tuple[str, dict]]) -> str:
    cells = []
    for title, intervals in rows:
        line = [title]
        for column in COLUMNS:
            factor, (difference, low, high) = _factor(column), intervals[column]
            line.append(f'{factor * difference:+.2f} [{factor * low:+.2f}, {factor * high:+.2f}]')
        cells.append(line)
    return format_markdown(['', *COLUMNS.values()], cells)


def _factor(column: str) -> float:
    return 100.0 if column.startswith('coco') else 1.0  # all in points


def _spread(column: str, spread: Any) -> str:
    if spread is None:
        return '-'
    mean, sd = (_factor(column) * value for value in spread)
    return f'{mean:.2f}' if math.isnan(sd) else f'{mean:.2f} ± {sd:.2f}'
