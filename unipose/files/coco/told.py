"""What is said of an annotation file, in the same words by all that read it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from unipose.files.remark import Remark

from .kinds import KINDS

_SHOWN = 5


class AnnotationError(ValueError):
    """An annotation file cannot be used; the message says why, and what to do."""


def refuse_faults(file: str | Path, remarks: Sequence[Remark]) -> None:
    """Refuses a file with faults: tells the first few of each kind, and what to do about them.

    Raises:
        AnnotationError: If there are faults.
    """
    faults = [remark for remark in remarks if KINDS[remark.kind].level == 'fault']
    if not faults:
        return
    lines = [f'{file} cannot be used, {len(faults)} problem{"s" * (len(faults) != 1)}:']
    for kind, found in groupby(sorted(faults, key=lambda fault: list(KINDS).index(fault.kind)), lambda one: one.kind):
        found = list(found)
        lines += [f'  - {fault}' for fault in found[:_SHOWN]]
        lines += [f'    ... {len(found) - _SHOWN} more like that'] if len(found) > _SHOWN else []
        lines.append(f'    {KINDS[kind].title}: {KINDS[kind].advice}')
    raise AnnotationError('\n'.join([*lines, '`unipose check` lists all']))


def warnings(file: str | Path, remarks: Sequence[Remark]) -> list[str]:
    """What is odd about a file that is read, a line for each kind."""
    lines = []
    odd = [remark for remark in remarks if KINDS[remark.kind].level == 'suspicion']
    for kind in dict.fromkeys(remark.kind for remark in odd):
        found = [remark for remark in odd if remark.kind == kind]
        more = f' ({len(found) - 1} more like that)' if len(found) > 1 else ''
        lines.append(f'{file}: {KINDS[kind].title}: {found[0]}{more}; {KINDS[kind].advice}')
    return lines
