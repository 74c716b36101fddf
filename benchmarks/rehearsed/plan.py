"""Which runs a rehearsal has, and their results in a file."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from benchmarks.rehearsed.operators import operators
from benchmarks.rehearsed.people import COCO, MPII, People, make_people
from benchmarks.rehearsed.runs import Run, filling, measure
from benchmarks.speed.scaling import network_costs, step_seconds
from unipose.commands.speed.speed_table import processor_name
from unipose.files import write_json

_SIZE = 'small'  # of the student


def rehearse(args: argparse.Namespace, folder: Path, out: Path) -> dict[str, Any]:
    """Makes all runs that are not in the file yet.

    Args:
        args: The command's.
        folder: For people.
        out: The file.

    Returns:
        The file's content. ``people``: what was annotated. ``operators``: of a step, by way. ``runs``: each with its
        ``run`` and what it took, see :func:`benchmarks.rehearsed.runs.summary`.
    """
    people = make_people(folder, args.people, args.pictures, args.unit)
    found = _read(out, people)
    for way in args.ways:
        if way not in found['operators']:
            found['operators'][way] = operators(people, way)
            write_json(out, found)
    for run in runs(args):
        if not any(done['run'] == dataclasses.asdict(run) for done in found['runs']):
            print(f'{run}: its log is in work_dirs/rehearsal/log.txt', flush=True)
            taken = measure(run, people, args.unit, Path('work_dirs/rehearsal'))
            found['runs'].append(dict(run=dataclasses.asdict(run), **taken))
            write_json(out, found)
    return found


def runs(args: argparse.Namespace) -> list[Run]:
    """The runs that a command asks for."""
    costs = network_costs()
    step_ms = {
        way: args.step_ms or 1000 * args.batch_size * step_seconds(costs, args.tflops, _SIZE, way == 'images')
        for way in args.ways
    }
    found = [
        Run(way, processes, args.workers, args.batch_size, filling(args.workers) + args.batches, step_ms[way])
        for way in args.ways
        for processes in args.processes
    ]
    epoch_steps = -(-(COCO + MPII) // args.batch_size)
    return [*found, Run(args.ways[0], 1, args.workers, args.memory_batch, args.memory_steps, 0.0, epoch_steps)]


def _read(out: Path, people: People) -> dict[str, Any]:
    """What is in the file.

    Raises:
        ValueError: If it is of another machine, or of other people.
    """
    facts = dict(
        machine=f'{processor_name()}, {os.cpu_count()} cores',
        people=dict(people.numbers),
        in_pictures=dict(people.distinct),
        annotations_mb={name: people.annotations(name).stat().st_size / 2**20 for name in people.numbers},
    )
    if not out.is_file():
        return dict(facts, operators={}, runs=[])
    there = json.loads(out.read_text())
    if {key: there.get(key) for key in facts} != facts:
        raise ValueError(f'{out} is of another machine or of other people; name another file with --json')
    return there
