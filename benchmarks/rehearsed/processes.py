"""What Linux says of a process: CPU, memory and open files."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf('SC_CLK_TCK')
_USER, _SYSTEM = 11, 12  # places in /proc/PID/stat after the name


def cpu_seconds(process: int) -> float:
    """CPU time that a process has had, of all its threads."""
    fields = Path(f'/proc/{process}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS


def memory_mb(process: int) -> dict[str, float]:
    """A process's memory, MB (2**20 bytes).

    Returns:
        ``rss``: all that it has in memory; ``pss``: the same, of what it shares its part; ``own``: what it shares with
        nobody.
    """
    lines = Path(f'/proc/{process}/smaps_rollup').read_text().splitlines()[1:]
    sizes = {name: int(rest.split()[0]) / 2**10 for name, _, rest in (line.partition(':') for line in lines)}
    return dict(rss=sizes['Rss'], pss=sizes['Pss'], own=sizes['Private_Clean'] + sizes['Private_Dirty'])


def open_files(process: int) -> int:
    """How many files a process has open."""
    return len(os.listdir(f'/proc/{process}/fd'))
