"""Measure what a teacher's confidence is worth on held-out images, and write the calibration that a config can name."""

import argparse
from pathlib import Path

from unipose.commands.arguments import add_config_options, find_config
from unipose.console.mistakes import mistakes_told

EXAMPLE = 'configs/distill_small.py --teacher mpii'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='training config of the student')
    add('--teacher', metavar='NAME', required=True, help='the teacher, by its name in the config')
    add('--source', metavar='NAME', help="source of val_dataloader; default: the teacher's name")
    add('--out', help='JSON file; default: work_dirs/<config name>/calibration_NAME.json')
    add_config_options(parser, 'e.g. val_dataloader.batch_size=16')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    find_config(args.config, parser)

    import unipose.registration  # noqa: F401
    from unipose.commands.calibrate import calibrate_teacher
    from unipose.files import check_writable
    from unipose.files.read_config import read_config

    out = args.out or str(Path('work_dirs') / Path(args.config).stem / f'calibration_{args.teacher}.json')
    with mistakes_told(parser):
        config = read_config(args.config, args.cfg_options)
        check_writable(out)
        report = calibrate_teacher(config, args.teacher, args.source)
        report.calibration.save(out)
    print(f'{report}\n\nwritten: {out}; use it with --cfg-options model.teachers.{args.teacher}.calibration={out}')
