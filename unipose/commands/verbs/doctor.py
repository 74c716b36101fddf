"""Say what is installed, patched, in place and missing, and the next step.

It works without torch and without OpenMMLab; then it says how to get them. Exit code: 0 if the training stack imports.
"""

import argparse
from pathlib import Path

from unipose.checkpoints.locate import home

EXAMPLE = '--data-root /datasets'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('--data-root', type=Path, default=home() / 'data', help='default: %(default)s')
    add('--teachers-dir', type=Path, default=home() / 'teachers', help='default: %(default)s')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from unipose.commands.doctor import examine, report

    findings, works = examine(args.data_root, args.teachers_dir)
    print(report(findings, works))
    return 0 if works else 1
