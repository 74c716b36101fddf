"""Student and teachers of full size with random weights in the evaluation's table: sizes are real, scores are chance.

On synthetic people in images of 640x480; `tools/test.py CONFIG CHECKPOINT --teachers` is the same with trained weights.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/full_size_table.py --student tiny'
    )
    parser.add_argument('--student', choices=('tiny', 'small', 'medium'), default='small')
    parser.add_argument('--images', type=int, default=28, help='COCO-style images; one MPII-style for seven')
    args = parser.parse_args()
    if args.images < 1:
        parser.error(f'--images must be at least 1. Got: {args.images}')
    os.chdir(ROOT)
    from benchmarks.speed.setting import random_student, test_config
    from unipose.evaluation.comparison_tables import compare, format_comparison

    config = test_config(args.student, args.images)
    print(format_comparison(compare(config, random_student(config))))


if __name__ == '__main__':
    main()
