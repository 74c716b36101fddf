"""Fit a small network that predicts how well a student has placed people's keypoints, for the scores of people."""

import argparse

import unipose.registration  # noqa: F401
from unipose.commands.rescore import collect_predictions, measure_rescorer
from unipose.console.mistakes import MISTAKES, error_message
from unipose.files import check_writable
from unipose.files.read_config import ConfigOptions, read_config
from unipose.rescoring import Predictions

EXAMPLE = (
    'example: python tools/rescore.py collect configs/distill_small.py work_dirs/distill_small/epoch_420.pth '
    '--jitter 0.05 --views 4 --nobody 1 --out work_dirs/distill_small/people.npz'
)


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    commands = parser.add_subparsers(dest='command', required=True, metavar='collect|train')
    collect = commands.add_parser('collect', help='have the student predict people, and keep how well it did')
    collect.add_argument('config', help='config that the student was trained with')
    collect.add_argument('checkpoint', help='checkpoint of the training run, or an exported student')
    collect.add_argument('--out', required=True, metavar='FILE.npz', help='file for the predictions')
    collect.add_argument('--split', choices=('train', 'val'), default='train', help='whose people; default: train')
    collect.add_argument(
        '--jitter',
        type=float,
        default=0.0,
        help="how far boxes' edges are off, as a detector's are: standard deviation, share of a side (default: 0)",
    )
    collect.add_argument('--views', type=int, default=1, help='how often each person is predicted (default: 1)')
    collect.add_argument(
        '--nobody', type=int, default=0, help='boxes with nobody in them for each person, whose OKS is 0 (default: 0)'
    )
    collect.add_argument('--cfg-options', nargs='+', action=ConfigOptions, help='e.g. test_dataloader.batch_size=16')
    train = commands.add_parser('train', help='fit the network, and measure it on people in other images')
    train.add_argument('predictions', metavar='FILE.npz', help='file that collect wrote')
    train.add_argument('--out', required=True, metavar='FILE.pth', help='file for the rescorer')
    train.add_argument('--seed', type=int, default=0, help='of the images held out and of the fit (default: 0)')
    return parser.parse_args()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    args = parse_args(parser)
    try:
        check_writable(args.out)
        print(collect(args) if args.command == 'collect' else train(args))
    except MISTAKES as error:
        parser.error(error_message(error))


def collect(args: argparse.Namespace) -> str:
    """Writes the predictions; returns what to print."""
    config = read_config(args.config, args.cfg_options)
    people = collect_predictions(config, args.checkpoint, args.split, args.jitter, args.views, args.nobody)
    people.save(args.out)
    return f'{len(people)} boxes, mean OKS {people.oks.mean():.3f}\n\nwritten: {args.out}'


def train(args: argparse.Namespace) -> str:
    """Writes the rescorer; returns what to print."""
    report = measure_rescorer(Predictions.load(args.predictions), args.seed)
    report.rescorer.save(args.out)
    return f'{report}\n\nwritten: {args.out}; use it with --cfg-options rescorer={args.out}'


if __name__ == '__main__':
    main()
