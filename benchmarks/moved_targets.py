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
    parser.add_argument('people', type=Path, help='folder with coco, mpii, lsp, lspet and stanford40')
    parser.add_argument('teachers', type=Path, help='folder of the ONNX files that teachers/README.md names')
    parser.add_argument('--coco-dev', type=Path, help="dev's people, in COCO's layout; default: coco beside PEOPLE_DIR")
    parser.add_argument('--persons', type=int, default=90, help='of each source (default: 90)')
    parser.add_argument('--rotate', type=float, nargs='+', default=[0, 40, 80], help='rotate_factor (default: 0 40 80)')
    args = parser.parse_args()
    people, teachers = args.people.resolve(), args.teachers.resolve()
    coco_dev = (args.coco_dev or people.parent / 'coco').resolve()
    os.chdir(ROOT)
    from benchmarks.real.moving import measure  # first: it patches

    # isort: split
    from benchmarks.real.plan import prepare

    try:
        prepare(people, teachers, coco_dev)
        print(measure(args.persons, args.rotate))
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
