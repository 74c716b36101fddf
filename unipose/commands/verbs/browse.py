"""Draw what a config's networks are fed: each window of training samples, and the labels; needs no weights."""

import argparse
from pathlib import Path

from unipose.commands.arguments import add_config_options, find_config
from unipose.console.mistakes import mistakes_told

EXAMPLE = 'configs/distill_small.py --epoch 1'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='a distillation config')
    add('--out', type=Path, default=Path('work_dirs/windows'), help='folder for the pictures')
    add('--num', type=int, default=4, help='samples of each source, spread over it (default: 4)')
    add('--epoch', type=int, help='augmented as in this epoch, counted from 1; default: not augmented')
    add_config_options(parser, 'changes, key=value')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if args.num < 1:
        parser.error(f'--num must be at least 1. Got: {args.num}')
    if args.epoch is not None and args.epoch < 1:
        parser.error(f'--epoch is counted from 1. Got: {args.epoch}')
    find_config(args.config, parser)

    import unipose.registration  # noqa: F401
    from unipose.commands.browse import draw_samples
    from unipose.files.read_config import read_config

    with mistakes_told(parser, usage=False):
        config = read_config(args.config, args.cfg_options)
        drawn = draw_samples(config, args.out, args.num, args.epoch)
    counts = ', '.join(f'{count} of {source}' for source, count in drawn.items())
    print(f'{counts}: {args.out}')
