"""Fit a small network that predicts how well a student has placed people's keypoints, for the scores of people."""

import argparse

from unipose.commands.arguments import add_config_options, find_config
from unipose.console.mistakes import add_traceback_option, mistakes_told

EXAMPLE = (
    'collect configs/distill_small.py work_dirs/distill_small/epoch_420.pth '
    '--jitter 0.05 --boxes 4 --background 1 --out work_dirs/distill_small/people.npz'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest='command', required=True, metavar='collect|train')
    collect = commands.add_parser('collect', help='have the student predict people, and keep how well it did')
    add = collect.add_argument
    add('config', help='config that the student was trained with')
    add('checkpoint', help='checkpoint of the training run, or an exported student')
    add('--out', required=True, metavar='FILE.npz', help='file for the predictions')
    add('--split', choices=('train', 'val'), default='train', help='whose people; default: train')
    add(
        '--jitter',
        type=float,
        default=0.0,
        help="how far boxes' edges are off, as a detector's are: standard deviation, share of a side (default: 0)",
    )
    add('--boxes', type=int, default=1, help='boxes of each person, drawn with the jitter (default: 1)')
    add(
        '--background',
        type=int,
        default=0,
        help='boxes with nobody in them for each person, whose OKS is 0 (default: 0)',
    )
    add_config_options(collect, 'e.g. test_dataloader.batch_size=16')
    add_traceback_option(collect)
    train = commands.add_parser('train', help='fit the network, and measure it on people in other images')
    add = train.add_argument
    add('predictions', metavar='FILE.npz', help='file that collect wrote')
    add('--out', required=True, metavar='FILE.pth', help='file for the rescorer')
    add('--seed', type=int, default=0, help='of the images held out and of the fit (default: 0)')
    add_traceback_option(train)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if args.command == 'collect':
        find_config(args.config, parser)

    import unipose.registration  # noqa: F401
    from unipose.files import check_writable

    with mistakes_told(parser):
        check_writable(args.out)
        print(_collect(args) if args.command == 'collect' else _train(args))


def _collect(args: argparse.Namespace) -> str:
    """Writes the predictions; returns what to print."""
    from unipose.commands.rescore import collect_predictions
    from unipose.files.read_config import read_config

    config = read_config(args.config, args.cfg_options)
    people = collect_predictions(config, args.checkpoint, args.split, args.jitter, args.boxes, args.background)
    people.save(args.out)
    return f'{len(people)} boxes, mean OKS {people.oks.mean():.3f}\n\nwritten: {args.out}'


def _train(args: argparse.Namespace) -> str:
    """Writes the rescorer; returns what to print."""
    from unipose.commands.rescore import measure_rescorer
    from unipose.rescoring import Predictions

    report = measure_rescorer(Predictions.load(args.predictions), args.seed)
    report.rescorer.save(args.out)
    return f'{report}\n\nwritten: {args.out}; use it with --cfg-options rescorer={args.out}'
