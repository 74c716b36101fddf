"""What a ready batch costs the main process and how many files are open: workers that stack it, and lists of samples.

The full-size config's samples, made beforehand and copied, so that workers have little else to do than to hand over.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/batches.py --workers 4')
    parser.add_argument('--batch-size', type=int, default=256, help='samples of a batch; of tests it is a quarter')
    parser.add_argument('--workers', type=int, default=10, help='processes that hand batches over')
    parser.add_argument('--batches', type=int, default=24, help='how many batches are taken')
    parser.add_argument('--limit', type=int, default=1024, help='files that a process may open')
    args = parser.parse_args()
    os.chdir(ROOT)
    from benchmarks.speed.batches import format_costs, measure

    try:
        print(format_costs(measure(args.batch_size, args.workers, args.batches, args.limit)))
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
