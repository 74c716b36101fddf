"""Does distillation pay? Trains the same student with and without teachers, and compares them on both datasets.

Rows that are finished (benchmarks/results/quality) are not run again, and a stopped run goes on after its last
checkpoint, so the command can be stopped and repeated.
Recipes are chosen on the dev split; `--split test` is for the table, and every opening of it is written down.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
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
    from benchmarks.quality.plan import check_teachers, gate, log_opening, prepare, runs_of, teachers_of
    from benchmarks.quality.report import write_report
    from benchmarks.quality.runs import make_part, run_row

    try:
        if args.run:
            name, seed = args.run
            make_part(name) if seed == 'part' else run_row(name, int(seed), args.split)
            return
        if not args.report:
            run_together(prepare(args.rows), args)
            run_together(gate(), args, split='dev')
            check_teachers()
            teachers = teachers_of(args.rows)
            if args.split == 'test':
                log_opening([*teachers, *(run for runs in runs_of(args.rows, args.seeds, 'test') for run in runs)])
            run_together(teachers, args)
            for part in range(3):
                run_together(runs_of(args.rows, args.seeds, args.split)[part], args)
        write_report(args.split)
    except (ValueError, OSError) as error:
        parser.error(str(error))


def run_together(runs: list[tuple[str, str]], args: argparse.Namespace, split: str = '') -> None:
    """Runs each in a process of its own, a few at a time."""
    # glibc gives freed memory back to the system at every step unless told not to, which costs a third of the time
    keep_memory = dict(MALLOC_TRIM_THRESHOLD_='4294967296', MALLOC_MMAP_THRESHOLD_='1073741824')
    environment = dict(os.environ, OMP_NUM_THREADS=str(args.threads), **keep_memory)

    def one(run: tuple[str, str]) -> None:
        log = Path('work_dirs/quality') / f'{"-".join(run)}.log'
        log.parent.mkdir(parents=True, exist_ok=True)
        print(f'{run[0]} (seed {run[1]}): {log}', flush=True)
        command = [sys.executable, __file__, '--run', *run, '--split', split or args.split]
        with log.open('w') as output:
            done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        if done.returncode:
            last = (log.read_text().strip() or 'no output').splitlines()[-1]
            raise ValueError(f'{" ".join(run)} failed: {last} (all of it: {log})')

    with ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(one, runs))


if __name__ == '__main__':
    main()
