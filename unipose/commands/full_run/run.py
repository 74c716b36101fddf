"""The whole run: what is missing, how long it will be, its steps, and what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from mmengine.dist import broadcast_object_list, is_main_process

from unipose.commands.doctor import Finding
from unipose.compute.distributed import start_distributed

from .cost import Cost, Nobody
from .ledger import Ledger
from .needs import find_needs, find_room, format_findings
from .people import People, count_people
from .plan import Planned, format_plan, plan
from .remaining import Remaining
from .setting import Setting
from .steps import STEPS, undone
from .summary import format_summary, result_of
from .trial import measure

BATCHES = 8
"""Batches of each kind of work that are measured, where nobody says how many."""
_STARTED_BY = dict(pytorch=('RANK', 'WORLD_SIZE'), slurm=('SLURM_PROCID', 'SLURM_NTASKS'))


def processes_of(launcher: str) -> tuple[int, int]:
    """Number of this process, from 0, and how many a launcher has started, before they know of each other."""
    if launcher not in _STARTED_BY:
        return 0, 1
    rank, world_size = _STARTED_BY[launcher]
    return int(os.environ.get(rank, 0)), int(os.environ.get(world_size, 1))


def full_run(
    setting: Setting, dry_run: bool = False, batches: int = BATCHES, say: Callable[[str], object] = print
) -> None:
    """Does what is left of a run; everything goes on where an earlier command was stopped.

    All steps are done in this process, as the demo does it: the stack is loaded once, processes that torchrun started
    stay the same ones, and a mistake is an exception with its message. MMEngine keeps its state by the name and time of
    a run, in which trial and training differ.

    Args:
        setting: The run.
        dry_run: Say what is missing, and how long and how large each step will be, and stop.
        batches: Batches of each kind of work to measure, at least 3; the more, the surer is the estimate.
        say: Where text goes.

    Raises:
        ValueError: If something is missing (all of it is said), or config and files do not fit each other.
        OSError: If a file is missing, or cannot be written.
    """
    planned: list[Planned] = []
    if processes_of(setting.launcher)[0] == 0:  # the others wait for it where they meet
        ledger = Ledger(setting)
        people = count_people(setting.config)
        needs = find_needs(setting, people)
        say(format_findings(needs))
        if not dry_run:
            _stop_where_missing(needs)
        costs, notes = _costs(setting, people, {} if dry_run else ledger.costs(batches), batches)
        planned = plan(setting, people, costs)
        room = find_room(setting, sum(row.bytes for row in planned))
        say('\n'.join(['', format_plan(planned, setting), '', *notes, format_findings([room])]))
        if not dry_run:
            _stop_where_missing([room])
            ledger.keep_costs(costs, batches)
    if dry_run:
        return
    start_distributed(setting.launcher, setting.config)
    names = [[row.step.name for row in planned]]
    broadcast_object_list(names)
    steps = [kind(setting) for kind in STEPS if kind.name in names[0]]
    if not is_main_process():
        for step in steps:
            step.run(Nobody())
        return

    def tell(line: str, seen: Mapping[str, Cost]) -> None:
        print(f'--- {line}', file=sys.stderr, flush=True)
        costs.update(seen)
        ledger.keep_costs(costs, batches)

    remaining = Remaining(planned, tell)
    for step in steps:
        remaining.begin()
        step.run(remaining)
        ledger.keep_step(step.name, *remaining.end())
    ledger.write(result=result_of(setting))
    say(f'\n{format_summary(setting)}')


def _costs(
    setting: Setting, people: People, known: Mapping[str, Cost], batches: int
) -> tuple[dict[str, Cost], tuple[str, ...]]:
    """What the steps that are left cost, as known or measured now; and what is to be said of it."""
    names = [step.name for step in undone(setting)]
    if all(name in known for name in names):
        return dict(known), ()
    trial = measure(setting, people, names, batches)
    return {**known, **trial.costs}, trial.notes


def _stop_where_missing(findings: Sequence[Finding]) -> None:
    missing = [finding for finding in findings if finding.state == 'missing']
    if missing:
        raise ValueError(
            f'not everything is in place: see the {len(missing)} lines marked MISSING above, and what gets it, then '
            'give the same command again'
        )
