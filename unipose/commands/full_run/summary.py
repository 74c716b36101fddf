"""What came of a run: a table to read, and the same for machines."""

from __future__ import annotations

from typing import Any

from unipose.evaluation.comparison_tables import Comparison
from unipose.evaluation.format_scores import format_table

from .plan import shown_bytes
from .setting import Setting
from .steps import STEPS


def format_summary(setting: Setting) -> str:
    """Student beside teachers with what it keeps of each, and where the files are.

    Raises:
        ValueError: If the scores are damaged.
        OSError: If they cannot be read.
    """
    comparison = Comparison.from_file(setting.metrics)
    files = [
        [kind.name, ', '.join(str(path) for path in step.makes), shown_bytes(step.written())]
        for kind in STEPS
        if (step := kind(setting)).written()
    ]
    files.append(['all of this', str(setting.ledger), ''])
    return '\n'.join([*format_table(*comparison.tables()[0]), '', *format_table(['made by', 'file', 'size'], files)])


def result_of(setting: Setting) -> dict[str, Any]:
    """The same as plain values: scores by name, the shares kept, and files relative to the work dir.

    Raises:
        ValueError: If the scores are damaged.
        OSError: If they cannot be read.
    """
    comparison = Comparison.from_file(setting.metrics)
    contenders = (*comparison.teachers.values(), comparison.student)
    return dict(
        metrics={who.title: who.evaluation.metrics for who in contenders if who.evaluation},
        kept={name: kept['ratio'] for name, kept in comparison.kept().items()},
        files={kind.name: [str(path.relative_to(setting.work_dir)) for path in kind(setting).makes] for kind in STEPS},
    )
