"""What dialects cost: parameters of students, and the time of a training step with and without, in turns."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    from benchmarks.quality.dialect_cost import measure_dialects
    from benchmarks.quality.people import generate
    from benchmarks.quality.plan import DATA

    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/dialect_cost.py')
    parser.add_argument('--steps', type=int, default=100, help='training steps of each, at least 2')
    args = parser.parse_args()
    if args.steps < 2:
        parser.error(f'--steps must be at least 2. Got: {args.steps}')
    os.chdir(ROOT)
    try:
        generate(DATA, 'train')
        print(measure_dialects(args.steps))
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
