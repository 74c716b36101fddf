"""What a run says of itself in a file: what it is of, what was measured, what each step took, and the result."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from unipose.files import read_json, write_json
from unipose.files.differences import differences, listed

from .cost import Cost
from .setting import Setting

_REMEDY = 'delete it: what the run has made stays'


class Ledger:
    """The file.

    Args:
        setting: The run.

    Raises:
        ValueError: If the work dir holds another run; the message says what differs.
    """

    def __init__(self, setting: Setting) -> None:
        self.file = setting.ledger
        there = _read(self.file)
        found = differences(there.get('of', setting.facts()), setting.facts(), ('there', 'asked for'))
        if found:
            raise ValueError(
                f'{setting.work_dir} holds another run, name another folder with --work-dir:{listed(found)}'
            )
        self.content: dict[str, Any] = {'of': setting.facts(), 'measured': {}, 'steps': {}, **there}

    def costs(self, batches: int) -> dict[str, Cost]:
        """What an earlier command measured on a machine like this one, with as many batches."""
        measured = self.content['measured']
        if measured.get('on') != _machine() or measured.get('batches') != batches:
            return {}
        return {name: Cost(**cost) for name, cost in measured['costs'].items()}

    def keep_costs(self, costs: Mapping[str, Cost], batches: int) -> None:
        """Writes down what was measured, or has been seen since."""
        plain = {name: cost.plain() for name, cost in costs.items()}
        self.content['measured'] = dict(on=_machine(), batches=batches, costs=plain)
        self.write()

    def keep_step(self, name: str, expected: float, taken: float) -> None:
        """Writes down what the part of a step that this command has done was expected to take, and took; seconds."""
        self.content['steps'][name] = dict(expected=expected, taken=taken)
        self.write()

    def write(self, **more: Any) -> None:
        """Writes the file, with more content."""
        self.content |= more
        write_json(self.file, self.content)


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    content = read_json(file, _REMEDY)
    if not isinstance(content, dict):
        raise ValueError(f'{file} is no mapping; {_REMEDY}')
    return content


def _machine() -> dict[str, Any]:
    """What measurements are worth on: the same there is the same speed, about."""
    return dict(
        name=platform.node(),
        device=torch.cuda.get_device_name(0) if torch.cuda.is_available() else 'cpu',
        threads=torch.get_num_threads(),
    )
