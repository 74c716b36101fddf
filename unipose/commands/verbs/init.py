"""Write a folder of configs that train a student on people of your own, and a README of the commands to run next.

The student predicts what its teachers know and what you annotate. `unipose configs` lists what it can be like.
"""

import argparse
from pathlib import Path

from unipose.commands.arguments import find_config
from unipose.console.mistakes import mistakes_told

EXAMPLE = 'my_pose --skeleton my_skeleton.py --teachers coco,mpii --data data/mine'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('folder', type=Path, metavar='DIR', help='folder to write; no file in it is written over')
    add('--skeleton', required=True, help='keypoints of your annotations: my_skeleton.py, coco, coco+mpii')
    add('--teachers', required=True, type=_names, metavar='NAME,...', help='such as coco,mpii or vitpose_b')
    add(
        '--data',
        type=Path,
        metavar='FOLDER',
        help="your people: train.json, val.json, train/ and val/, as COCO lays them out, or YOLO's data.yaml; default: "
        'DIR/data',
    )
    add('--like', default='distill_small', metavar='CONFIG', help='whose student and schedule (default: %(default)s)')


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(',')]
    if not all(names):
        raise argparse.ArgumentTypeError(f'names of teachers with commas, such as coco,mpii. Got: {text!r}')
    return names


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    find_config(args.like, parser)

    import unipose.registration  # noqa: F401
    from unipose.commands.init.project import write_project

    with mistakes_told(parser, (ValueError, OSError)):
        print(write_project(args.folder, args.skeleton, args.teachers, args.data, args.like))
