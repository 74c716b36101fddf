"""Runs of a benchmark, each in a process of its own, a few at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# glibc gives freed memory back to the system at every step unless told not to, which costs a third of the time
_KEEP_MEMORY = dict(MALLOC_TRIM_THRESHOLD_='4294967296', MALLOC_MMAP_THRESHOLD_='1073741824')


def run_together(command: Sequence[str], runs: Sequence[Sequence[str]], logs: Path, jobs: int, threads: int) -> None:
    """Runs a command with each run's arguments.

    Args:
        command: What Python is to run, before the arguments.
        runs: Arguments of each run.
        logs: Folder that gets the output of each.
        jobs: Runs at a time.
        threads: Threads of each.

    Raises:
        ValueError: If one fails; the message has the last line of its output.
    """
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), **_KEEP_MEMORY)
    logs.mkdir(parents=True, exist_ok=True)

    def one(run: Sequence[str]) -> None:
        log = logs / f'{"-".join(run)}.log'
        print(f'{" ".join(run)}: {log}', flush=True)
        with log.open('w') as output:
            done = subprocess.run(
                [sys.executable, *command, *run], stdout=output, stderr=subprocess.STDOUT, env=environment
            )
        if done.returncode:
            last = (log.read_text().strip() or 'no output').splitlines()[-1]
            raise ValueError(f'{" ".join(run)} failed: {last} (all of it: {log})')

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, runs))
