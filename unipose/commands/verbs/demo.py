"""The demo: distil a small student from two teachers on synthetic people; results in work_dirs/demo."""

import argparse

from unipose.commands.arguments import add_config_options, find_config
from unipose.console.mistakes import mistakes_told

EXAMPLE = ''


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--config', default='configs/demo/distill.py')
    parser.add_argument('--work-dir', default='work_dirs/demo')
    add_config_options(parser, 'e.g. train_cfg.max_epochs=2')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    find_config(args.config, parser, usage=False)

    import unipose.registration  # noqa: F401
    from unipose.commands.demo import run_demo
    from unipose.files.read_config import read_config

    with mistakes_told(parser, (ValueError, OSError), usage=False):
        config = read_config(args.config, args.cfg_options)
        config.work_dir = args.work_dir
        run_demo(config)
