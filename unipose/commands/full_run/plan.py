"""The steps that are left, and how long and how large they will be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unipose.evaluation.format_scores import format_table

from .cost import Cost, Work
from .people import People
from .setting import Setting
from .steps import STEPS, Step, undone
from .training_watch import EPOCH

_COUNTED = ('crop', 'view', EPOCH)  # units that say most of a step


@dataclass(frozen=True)
class Planned:
    """A step that is left.

    Args:
        step: The step.
        work: What is left of it.
        cost: What its work costs on this machine.
    """

    step: Step
    work: Work
    cost: Cost

    @property
    def seconds(self) -> float:
        """How long it will take."""
        processes = self.step.setting.processes if self.step.is_shared else 1
        return self.cost.rest + self.cost.of_units(self.work) / processes

    @property
    def bytes(self) -> float:
        """What it will write."""
        return self.cost.bytes(self.work)


def plan(setting: Setting, people: People, costs: Mapping[str, Cost]) -> list[Planned]:
    """The steps that are left, with what was measured.

    Args:
        setting: The run.
        people: What is known of its people.
        costs: By the steps' names.
    """
    return [Planned(step, step.work(people), costs.get(step.name, Cost())) for step in undone(setting)]


def format_plan(planned: Sequence[Planned], setting: Setting) -> str:
    """A table: each step with what it makes, its size and time, and the sum."""
    left = {row.step.name: row for row in planned}
    rows = []
    for kind in STEPS:
        step = kind(setting)
        made = ', '.join(path.name for path in step.makes)
        row = left.get(step.name)
        if row is None:
            rows.append([step.name, '', made, 'there', ''])
            continue
        rows.append([step.name, _counted(row), made, shown_bytes(row.bytes), shown_seconds(row.seconds)])
    total = sum(row.seconds for row in planned)
    rows.append(['in all', '', '', shown_bytes(sum(row.bytes for row in planned)), shown_seconds(total)])
    return '\n'.join(format_table(['step', 'left to do', 'makes', 'size', 'time'], rows))


def _counted(row: Planned) -> str:
    unit = next((unit for unit in row.work if unit in _COUNTED), None)
    if unit:
        return f'{row.work[unit]:,.0f} {unit}s'
    return f'{sum(row.work.values()):,.0f} people' if row.work else ''


def shown_seconds(seconds: float) -> str:
    """A duration to read.

    >>> shown_seconds(7.4), shown_seconds(200), shown_seconds(4020), shown_seconds(1e6)
    ('7 s', '3 min 20 s', '1 h 7 min', '278 h')
    """
    whole = round(seconds)
    if whole < 60:
        return f'{whole} s'
    if whole < 3600:
        return f'{whole // 60} min {whole % 60} s'
    return f'{whole // 3600} h {whole % 3600 // 60} min' if whole < 100 * 3600 else f'{round(whole / 3600)} h'


def shown_bytes(size: float) -> str:
    """A size to read.

    >>> shown_bytes(900), shown_bytes(2.5e6), shown_bytes(7.9e10)
    ('1 kB', '2.5 MB', '79 GB')
    """
    for unit, name in ((1e9, 'GB'), (1e6, 'MB')):
        if size >= unit:
            return f'{size / unit:.{0 if size >= 10 * unit else 1}f} {name}'
    return f'{size / 1e3:.0f} kB'
