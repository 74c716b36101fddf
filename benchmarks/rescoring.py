"""What a rescorer is worth: AP and the order of people's scores with and without, on people it was not fitted on."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    from benchmarks.quality.people import generate
    from benchmarks.quality.plan import DATA, log_opening
    from benchmarks.quality.rescoring import measure_demo, measure_row
    from benchmarks.quality.rows import ROWS

    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/rescoring.py --row unipose --split dev'
    )
    parser.add_argument('--demo', action='store_true', help="measure the student of `make demo` instead of a row's")
    parser.add_argument('--row', choices=ROWS, default='unipose', metavar='ROW', help='default: unipose')
    parser.add_argument('--seed', type=int, default=0, help='of the row (default: 0)')
    parser.add_argument('--split', choices=('dev', 'test'), default='dev', help='people to measure on')
    args = parser.parse_args()
    os.chdir(ROOT)
    try:
        if args.demo:
            print(measure_demo())
            return
        for split in {'train', 'dev', args.split}:
            generate(DATA, split)
        if args.split == 'test':
            log_opening([(args.row, str(args.seed))])
        print(measure_row(args.row, args.seed, args.split))
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
