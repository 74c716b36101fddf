"""What training costs at full scale: storage, hours, what caps a rank; by arithmetic from measured costs of a sample.

Measured on CPUs, by `benchmarks/rehearsal.py`: what ranks and workers need for a sample; by `benchmarks/throughput.py
--json`: steps of students and teachers, and raw crops against JPEG. Assumed, and settable: what GPUs and disks do.
"""

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
RESULTS = ROOT / 'benchmarks' / 'results'
PAGE = ROOT / 'docs' / 'scaling.md'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/scaling.py --tflops 40')
    for name in ('rehearsal', 'throughput'):
        parser.add_argument(
            f'--{name}',
            type=Path,
            default=RESULTS / f'{name}.json',
            metavar='FILE',
            help=f'what benchmarks/{name}.py wrote; default: benchmarks/results/{name}.json',
        )
    parser.add_argument('--tflops', type=float, default=15.0, help='what a GPU sustains in bf16; default: 15')
    parser.add_argument('--cores', type=int, default=16, help='CPU cores to each GPU; default: 16')
    parser.add_argument('--workers', type=int, default=10, help="of a rank; default: the config's 10")
    parser.add_argument('--disk', type=float, default=1.0, help='GB/s read for each GPU; default: 1')
    parser.add_argument('--call-us', type=float, default=8.0, help='microseconds to call an operator; default: 8')
    parser.add_argument('--page', action='store_true', help='write the tables into docs/scaling.md')
    args = parser.parse_args()
    os.chdir(ROOT)
    from benchmarks.page import write_between
    from benchmarks.rehearsed.report import format_rehearsal
    from benchmarks.speed.scaling import Machine, format_jobs

    machine = Machine(args.tflops, args.cores, args.workers, args.disk, args.call_us)
    try:
        measures, rehearsal = (json.loads(file.read_text()) for file in (args.throughput, args.rehearsal))
        tables = dict(rehearsal=format_rehearsal(rehearsal), scaling=format_jobs(measures, rehearsal, machine))
        for name, text in tables.items():
            print(text)
            if args.page:
                write_between(PAGE, name, 'benchmarks/scaling.py --page', text)
    except (ValueError, OSError, KeyError) as error:
        parser.error(f'{error}')


if __name__ == '__main__':
    main()
