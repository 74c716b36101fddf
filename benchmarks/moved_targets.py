"""What teachers say of augmented views: asked about each view, or asked about the person as it is, and that moved."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/moved_targets.py data/people teachers'
    )
    from benchmarks.real.folders import add_folders, folders_of

    add_folders(parser)
    parser.add_argument('--persons', type=int, default=90, help='of each source (default: 90)')
    parser.add_argument('--rotate', type=float, nargs='+', default=[0, 40, 80], help='rotate_factor (default: 0 40 80)')
    args = parser.parse_args()
    folders = folders_of(args)
    os.chdir(ROOT)
    from benchmarks.real.moving import measure  # first: it patches

    # isort: split
    from benchmarks.real.plan import prepare

    try:
        prepare(*folders)
        print(measure(args.persons, args.rotate))
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
