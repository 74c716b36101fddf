"""The speed benchmark's numbers as a table."""

from __future__ import annotations

from typing import Any

from benchmarks.speed.stages import STAGES
from unipose.evaluation.format_scores import format_table

_ROWS = dict(
    alone='student alone',
    online='unipose, teachers online',
    compiled='the same, teachers compiled',
    plain='online without dialects and features',
    cached='unipose, stored targets and crops',
    reference='reference recipe (fp32)',
)
_PIPELINES = dict(stock='MMPose', images='unipose', jpeg='unipose, JPEG crops', raw='unipose, raw crops')


def format_measures(measures: dict[str, Any]) -> str:
    """Tables of what :func:`benchmarks.speed.measure.measure` returns."""
    machine = measures['machine']
    lines = [f'{machine["device"]}, {machine["threads"]} threads, {"bf16" if machine["bf16"] else "fp32"}', '']
    rows = [
        [title, f'{measures["pipeline"][name]:.0f}', f'{measures["pipeline_ratio"][name]:.2f}']
        for name, title in _PIPELINES.items()
    ]
    lines += format_table(['data pipeline', 'samples/s/core', 'of MMPose'], rows)
    of_stages = [measures['pipeline_ms'][name] for name in _PIPELINES]
    rows = [[title, *(f'{times[stage]:.2f}' for times in of_stages)] for stage, title in STAGES.items()]
    rows += [['all', *(f'{sum(times.values()):.2f}' for times in of_stages)]]
    lines += ['', *format_table(['ms a sample', *_PIPELINES.values()], rows)]
    if 'storing_to_teachers' in measures:
        lines += ['', f'storing runs at {measures["storing_to_teachers"]:.2f} of the speed of the teachers alone']
    for suffix in ('', '_fp32'):
        for size, ratios in measures.get(f'step_ratio{suffix}', {}).items():
            memory = measures['peak_memory_mb'].get(size, {})
            rows = [
                [
                    _ROWS[name],
                    f'{measures[f"step_ms{suffix}"][size][name]:.1f}',
                    f'{ratios[name]:.2f}',
                    f'{measures[f"samples_per_second{suffix}"][size][name]:.1f}',
                    f'{measures[f"epoch_speedup{suffix}"][size][name]:.2f}',
                    f'{memory[name]:.0f}' if name in memory and not suffix else '-',
                ]
                for name in ratios
            ]
            precision = 'fp32' if suffix or not machine['bf16'] else 'bf16'
            head = [
                f'RTMPose-{size[0]}, {precision}',
                'step, ms/sample',
                'of alone',
                'epoch, samples/s',
                'of reference',
            ]
            lines += ['', *format_table([*head, 'peak MB'], rows)]
    return '\n'.join(lines)
