"""Time a model on frames with people, crops and decoding included, on every backend that is there.

Without CHECKPOINT it has random weights, which are as fast. The boxes are given: finding people comes on top.
"""

import argparse

from unipose.commands.arguments import add_config_options, find_config
from unipose.console.mistakes import MISTAKES, mistakes_told

EXAMPLE = 'configs/distill_small.py --markdown work_dirs/speed.md'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='config of a student, or of any top-down MMPose model')
    add('checkpoint', nargs='?', help='its weights; default: random ones')
    add('--onnx', metavar='FILE', help='the same model exported up to simcc_x and simcc_y; run by onnxruntime')
    add('--device', nargs='+', metavar='DEVICE', help='such as cpu or cuda:0; default: the CPU, and a GPU if there')
    add('--flip-test', action=argparse.BooleanOptionalAction, help='average with the mirrored image; default: config')
    add('--persons', type=int, nargs='+', default=[1, 4, 16], metavar='N', help='in a frame (default: 1 4 16)')
    add('--frame-size', type=_size, default=(1280, 720), metavar='WxH', help='pixels (default: 1280x720)')
    add('--repeats', type=int, default=20, help='frames of each number of people and backend (default: 20)')
    add('--json', metavar='FILE', help='everything measured, each frame')
    add('--markdown', metavar='FILE', help='the table in Markdown')
    add_config_options(parser, 'e.g. model.head.out_channels=17')


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition('x')
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f'{text!r} is not WIDTHxHEIGHT, such as 1280x720')
    return int(width), int(height)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    find_config(args.config, parser)

    import unipose.registration  # noqa: F401
    from unipose.commands.speed.speed_table import measure_speed
    from unipose.files import check_writable, write_file, write_json
    from unipose.files.read_config import read_config

    with mistakes_told(parser, (*MISTAKES, ImportError)):
        config = read_config(args.config, args.cfg_options)
        for file in filter(None, (args.json, args.markdown)):
            check_writable(file)
        table = measure_speed(
            *(config, args.checkpoint, args.onnx, args.device),
            **dict(flip_test=args.flip_test, persons=args.persons, frame_size=args.frame_size, repeats=args.repeats),
        )
        if args.json:
            write_json(args.json, table.scores())
        if args.markdown:
            write_file(args.markdown, f'{table.format(markdown=True)}\n'.encode())
    print(table.format())
