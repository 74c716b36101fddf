"""How long `unipose --help` and a few verbs take to answer: CPU seconds, and how many modules they import."""

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
COUNTED = """
import sys
from unipose.commands.main import main
try:
    main()
except SystemExit:
    print(len(sys.modules), file=sys.stderr)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/startup.py --repeats 9')
    parser.add_argument('--verbs', nargs='+', default=['train', 'export', 'predict'], metavar='VERB')
    parser.add_argument('--repeats', type=int, default=5, help='the median of so many (default: 5)')
    args = parser.parse_args()
    os.environ['PYTHONPATH'] = str(ROOT)
    print(f'{"command":26} {"CPU s":>6} {"modules":>8}')
    for verb in [[], *([name] for name in args.verbs)]:
        seconds = median(cpu_seconds('-m', 'unipose', *verb, '--help') for _ in range(args.repeats))
        modules = run('-c', COUNTED, *verb, '--help').stderr.split()[-1]
        print(f'{" ".join(["unipose", *verb, "--help"]):26} {seconds:6.2f} {modules:>8}')


def cpu_seconds(*arguments: str) -> float:
    """User's and system's seconds of a Python of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(*arguments: str) -> subprocess.CompletedProcess:
    """Runs Python to its end."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


if __name__ == '__main__':
    main()
