"""The speed benchmark's numbers as a table."""

from __future__ import annotations

from typing import Any

from benchmarks.speed.auto_stores import EPOCHS, LONG, LONG_STORING, STORING
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
_KINDS = dict(
    online='teachers asked',
    storing='asked, and stored',
    storing_openvino='the same, teachers by OpenVINO',
    cached='replayed',
)
_RUNS = dict(
    auto_run_ratio=f'--targets auto, {STORING} of {EPOCHS} epochs store',
    auto_long_run_ratio=f'--targets auto, {LONG_STORING} of {LONG}',
)
_BY = {'': '', '_openvino': ' with OpenVINO'}
_PIPELINES = dict(stock='MMPose', images='unipose', jpeg='unipose, JPEG crops', raw='unipose, raw crops')


def format_measures(measures: dict[str, Any]) -> str:
    """Tables of what :func:`benchmarks.speed.measure.measure` returns."""
    machine = measures['machine']
    lines = [f'{machine["device"]}, {machine["threads"]} threads, {"bf16" if machine["bf16"] else "fp32"}', '']
    if 'pipeline' in measures:
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
    for size, ratios in measures.get('auto_epoch_ratio', {}).items():
        lines += ['', *format_table([f'RTMPose-{size[0]}, an epoch of the student alone: 1', ''], _auto(ratios))]
        for key in ('auto_run_ratio', 'auto_long_run_ratio'):
            runs = [(key + suffix, title) for suffix, title in _BY.items() if key + suffix in measures]
            said = ', '.join(f'{measures[name][size]:.2f}{title}' for name, title in runs)
            lines.append(f'{_RUNS[key]}: {said}')
    return '\n'.join(lines)


def _auto(ratios: dict[str, float]) -> list[list[str]]:
    return [[title, f'{ratios[name]:.2f}'] for name, title in _KINDS.items() if name in ratios]
