"""Does distillation pay on real people? Trains the same student with and without public teachers on real photographs.

Rows that are finished (benchmarks/results/real_people) are not run again, and a stopped run goes on after its last
checkpoint, so the command can be stopped and repeated. Recipes are chosen on the dev people, who are none of the test
people's; every opening of the test people is written down.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    from benchmarks.real.folders import add_folders
    from benchmarks.real.rows import ROWS

    add_folders(parser)
    parser.add_argument('--split', choices=('dev', 'test'), default='dev', help='people to score on')
    parser.add_argument('--rows', nargs='+', choices=ROWS, default=list(ROWS), metavar='ROW', help=', '.join(ROWS))
    parser.add_argument('--seeds', type=int, nargs='+', help='default: 0, 1 and 2 of the main rows, 0 of the others')
    parser.add_argument('--jobs', type=int, default=2, help='runs at a time')
    parser.add_argument('--report', action='store_true', help='only write docs/results.md from what is finished')
    parser.add_argument('--everyone', action='store_true', help='only put in place whom take_home.py is trained on')
    parser.add_argument('--run', nargs=2, metavar=('NAME', 'SEED'), help=argparse.SUPPRESS)  # one run, by itself
    return parser.parse_args()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python benchmarks/real_people.py data/people teachers --split dev --rows unipose',
    )
    args = parse_args(parser)
    from benchmarks.real.folders import folders_of

    folders = folders_of(args)
    os.chdir(ROOT)
    from benchmarks.real.everyone import join
    from benchmarks.real.plan import open_test, prepare, runs_of, score_teachers, stores_of
    from benchmarks.real.report import write_report
    from benchmarks.real.runs import WORK_DIRS, run_row, store_targets
    from benchmarks.together import run_together

    try:
        if args.run:
            name, seed = args.run
            store_targets(name) if seed == 'targets' else run_row(name, int(seed), args.split)
            return
        if args.everyone:
            prepare(*folders)
            join()
            return
        if not args.report:
            prepare(*folders)
            runs = runs_of(args.rows, args.seeds, args.split)
            if args.split == 'test':
                open_test(runs)
            command = [str(Path(__file__).resolve()), *map(str, folders[:2]), '--split', args.split, '--run']
            # teachers have all cores, one store at a time
            stores = [(name, 'targets') for name in stores_of(runs)]
            run_together(command, stores, WORK_DIRS, jobs=1, threads=os.cpu_count() or 1)
            run_together(command, runs, WORK_DIRS, args.jobs, threads=1)
            score_teachers(args.split)
        write_report(args.split)
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
