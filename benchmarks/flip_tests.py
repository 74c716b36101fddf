"""What a flip test does to places and scores: none, MMPose's and an aligned one, of teachers and students."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    from benchmarks.quality.flips import measure_flips
    from benchmarks.quality.people import generate
    from benchmarks.quality.plan import DATA
    from benchmarks.quality.rows import ROWS

    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/flip_tests.py')
    parser.add_argument(
        '--students',
        nargs='+',
        choices=ROWS,
        default=(),
        metavar='ROW',
        help='rows of the quality benchmark as well; those that are not trained yet are trained',
    )
    args = parser.parse_args()
    os.chdir(ROOT)
    try:
        for split in ('train', 'dev') if args.students else ('dev',):
            generate(DATA, split)
        print(measure_flips(args.students))
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
