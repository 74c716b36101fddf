"""Does distillation pay? Trains the same student with and without teachers, and compares them on both datasets.

Rows that are finished (benchmarks/results/quality) are not run again, and a stopped run goes on after its last
checkpoint, so the command can be stopped and repeated.
Recipes are chosen on the dev split; `--split test` is for the table, and every opening of it is written down.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    from benchmarks.quality.rows import ROWS

    parser.add_argument('--split', choices=('dev', 'test'), default='dev', help='people to score on')
    parser.add_argument('--rows', nargs='+', choices=ROWS, default=list(ROWS), metavar='ROW', help=', '.join(ROWS))
    parser.add_argument('--seeds', type=int, nargs='+', help='default: 0, 1 and 2 of the main rows, 0 of the others')
    parser.add_argument('--jobs', type=int, default=2, help='runs at a time')
    parser.add_argument('--threads', type=int, default=1, help='threads of each run')
    parser.add_argument('--report', action='store_true', help='only write docs/results.md from what is finished')
    parser.add_argument('--run', nargs=2, metavar=('NAME', 'SEED'), help=argparse.SUPPRESS)  # one run, by itself
    return parser.parse_args()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/distill_quality.py --split dev --rows unipose'
    )
    args = parse_args(parser)
    os.chdir(ROOT)
    from benchmarks.quality.plan import check_teachers, gate, open_test, prepare, runs_of, teachers_of
    from benchmarks.quality.report import write_report
    from benchmarks.quality.runs import WORK_DIRS, make_part, run_row
    from benchmarks.together import run_together

    def together(runs: list[tuple[str, str]], split: str = args.split) -> None:
        run_together([__file__, '--split', split, '--run'], runs, WORK_DIRS, args.jobs, args.threads)

    try:
        if args.run:
            name, seed = args.run
            make_part(name) if seed == 'part' else run_row(name, int(seed), args.split)
            return
        if not args.report:
            together(prepare(args.rows))
            together(gate(), split='dev')
            check_teachers()
            teachers = teachers_of(args.rows)
            if args.split == 'test':
                open_test([*teachers, *(run for runs in runs_of(args.rows, args.seeds, 'test') for run in runs)])
            together(teachers)
            for part in range(3):
                together(runs_of(args.rows, args.seeds, args.split)[part])
        write_report(args.split)
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
