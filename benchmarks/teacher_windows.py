"""What a teacher's window is worth: PCKh of the MPII-style teacher alone, through each way of showing it a person."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    from benchmarks.quality.people import generate
    from benchmarks.quality.plan import DATA
    from benchmarks.quality.windows import measure_windows

    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/teacher_windows.py')
    parser.add_argument('--split', choices=('dev', 'test'), default='dev', help='people to score on')
    args = parser.parse_args()
    os.chdir(ROOT)
    try:
        generate(DATA, args.split)
        print(measure_windows(args.split))
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
