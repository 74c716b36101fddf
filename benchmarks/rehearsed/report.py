"""Tables of a rehearsal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
from unipose.evaluation.format_scores import format_markdown

_WAYS = dict(images='teachers online, whole images', stored='stored targets, JPEG crops')
_EVENTS = dict(imported='command read', built='data and model', first_batch='first batch', first_step='first step')


def format_rehearsal(found: Mapping[str, Any]) -> str:
    """Tables of what :func:`benchmarks.rehearsed.plan.rehearse` has found."""
    full = [run for run in found['runs'] if not run['run']['epoch_steps']]
    people = ' and '.join(f'{number:,} in the layout of {name}' for name, number in found['people'].items())
    sizes = ' and '.join(f'{size:.0f} MB' for size in found['annotations_mb'].values())
    lines = [
        f'{found["machine"]}; {people}, {sizes} of annotations',
        '',
        _speed(full),
        '',
        _start(full),
        '',
        _memory_and_files(full),
    ]
    step_ms = {run['run']['way']: run['run']['step_ms'] for run in full}
    for run in found['runs']:
        if run['run']['epoch_steps']:
            lines += ['', _hour(run, step_ms[run['run']['way']])]
    log = max(full, key=lambda run: run['checkpoint']['log'])['checkpoint'] if full else None
    if log:
        lines += [
            '',
            f'checkpoint of the last epoch: {log["file"]:.0f} MB, of which {log["log"]:.1f} MB are {log["scalars"]} '
            'logged scalars',
        ]
    return '\n'.join(lines)


def _speed(runs: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            _title(run),
            f'{run["run"]["step_ms"]:.0f}',
            f'{run["samples_per_second"]:.0f}',
            f'{run["worker_ms"]:.2f}',
            f'{run["taking_ms"]:.1f}',
            f'{run["main_ms"]:.0f}',
        ]
        for run in runs
    ]
    head = ['', 'step, ms', 'samples/s', 'worker, ms/sample', 'rank, ms to take a batch', 'rank, ms/batch in all']
    return format_markdown(head, rows)


def _start(runs: Sequence[Mapping[str, Any]]) -> str:
    rows = [[_title(run), *(f'{run["start"][event]:.0f}' for event in _EVENTS)] for run in runs]
    return format_markdown(['seconds until', *_EVENTS.values()], rows)


def _memory_and_files(runs: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            _title(run),
            *(f'{run["memory"]["main"][kind]["last"]:.0f}' for kind in ('rss', 'pss')),
            *(
                f'{run["memory"]["workers"][kind]["last"] / run["run"]["workers"]:.0f}'
                for kind in ('rss', 'pss', 'own')
            ),
            str(run['files']['main']),
            str(run['files']['worker']),
        ]
        for run in runs
    ]
    head = ['', 'rank: RSS, MB', 'PSS', 'a worker: RSS, MB', 'PSS', 'its own', 'files open: rank', 'a worker']
    return format_markdown(head, rows)


def _hour(run: Mapping[str, Any], step_ms: float) -> str:
    of = run['run']
    rows = [
        [f'{title}: {kind.upper()}', f'{size["first"]:.0f}', f'{size["last"]:.0f}', f'{size["per_1000"]:.2f}']
        for part, title in dict(main='the rank', workers=f'all {of["workers"]} workers').items()
        for kind, size in run['memory'][part].items()
    ]
    table = format_markdown(['MB', 'first', 'last', 'per 1,000 steps'], rows)
    minutes = of['steps'] * step_ms / 60_000
    return f'{of["steps"]:,} steps, as many as a GPU takes in {minutes:.0f} minutes, {_WAYS[of["way"]]}:\n\n{table}'


def _title(run: Mapping[str, Any]) -> str:
    number = run['run']['processes']
    return f'{_WAYS[run["run"]["way"]]}, {number} {"rank" if number == 1 else "ranks"}'
