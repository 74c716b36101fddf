"""How far a point half-way between hips or shoulders is from MPII's pelvis, thorax and upper_neck."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    from benchmarks.derived.people import mpii_people, synthetic_people  # first: it patches

    # isort: split
    from benchmarks.derived.measure import table

    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python benchmarks/derived_keypoints.py --mpii data/mpii --movenet movenet-thunder.onnx',
    )
    parser.add_argument('--mpii', type=Path, help='folder of MPII; its training annotations are measured too')
    parser.add_argument('--movenet', type=Path, help='ONNX file; its hips and shoulders on the people of --mpii too')
    parser.add_argument('--synthetic', type=int, default=500, metavar='IMAGES', help='images of synthetic people')
    args = parser.parse_args()
    if args.movenet and not args.mpii:
        parser.error('--movenet needs --mpii, whose people it looks at')
    if args.synthetic < 1:
        parser.error(f'--synthetic must be at least 1. Got: {args.synthetic}')
    try:
        synthetic = synthetic_people(args.synthetic)
        found = {f'{name}, synthetic': (people, synthetic['mpii']) for name, people in synthetic.items()}
        if args.mpii:
            people, images = mpii_people(args.mpii / 'annotations' / 'mpii_train.json')
            found['mpii, annotated'] = people, people
        if args.movenet:
            from benchmarks.derived.movenet import movenet_people

            pictures = [args.mpii / 'images' / image for image in images]
            found['coco, MoveNet'] = movenet_people(args.movenet, people, pictures), people
        print(table(found))
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
