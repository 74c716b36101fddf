"""Arguments that several verbs take."""

from __future__ import annotations

import argparse

from unipose.checkpoints.shipped_configs import locate_config
from unipose.console.config_options import ConfigOptions
from unipose.console.mistakes import mistakes_told


def add_config_options(parser: argparse.ArgumentParser, help: str) -> None:
    """Adds ``--cfg-options``."""
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, help=help)


def add_launcher(parser: argparse.ArgumentParser) -> None:
    """Adds what torchrun and Slurm need, for work that several processes share."""
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm'), default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def find_config(file: str, parser: argparse.ArgumentParser, usage: bool = True) -> None:
    """Ends a command where there is no such config: at once, before it imports for seconds.

    One that a package brings, ``package::path``, is looked for when it is read.
    """
    if '::' in file:
        return
    with mistakes_told(parser, usage=usage):
        locate_config(file)
