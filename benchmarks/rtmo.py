"""Can what teachers say teach a one-stage student? Trains a small RTMO with and without, on whole pictures.

Runs that are finished (benchmarks/results/rtmo) are not run again. The tables go into docs/results/one_stage.md.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    import unipose.registration  # noqa: F401  it patches what the other modules import

    # isort: split
    from benchmarks.one_stage.rows import ROWS

    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/rtmo.py --jobs 2')
    parser.add_argument('--rows', nargs='+', choices=ROWS, default=list(ROWS), metavar='ROW', help=', '.join(ROWS))
    parser.add_argument('--seeds', type=int, nargs='+', default=[0])
    parser.add_argument('--jobs', type=int, default=2, help='runs at a time, of one thread each')
    parser.add_argument('--run', nargs=2, metavar=('NAME', 'SEED'), help=argparse.SUPPRESS)  # one run, by itself
    args = parser.parse_args()
    os.chdir(ROOT)
    from benchmarks.one_stage.report import report
    from benchmarks.one_stage.runs import WORK_DIRS, make_people, run
    from benchmarks.page import write_between
    from benchmarks.together import run_together

    try:
        if args.run:
            name, seed = args.run
            run(name, int(seed))
            return
        make_people()
        runs = [(name, str(seed)) for seed in args.seeds for name in args.rows]
        run_together([__file__, '--run'], runs, WORK_DIRS, args.jobs, 1)
        write_between(
            Path('docs/results/one_stage.md'), 'one-stage', 'benchmarks/rtmo.py', report(args.rows, args.seeds)
        )
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
