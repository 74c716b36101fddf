"""Measure what a teacher's confidence is worth on held-out images, and write the calibration that a config can name."""

import argparse
from pathlib import Path

import unipose.registration  # noqa: F401
from unipose.commands.calibrate import calibrate_teacher
from unipose.console.mistakes import MISTAKES, error_message
from unipose.files import check_writable
from unipose.files.read_config import ConfigOptions, read_config

EXAMPLE = 'example: python tools/calibrate_teacher.py configs/distill_small.py --teacher mpii'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    parser.add_argument('config', help='training config of the student')
    parser.add_argument('--teacher', metavar='NAME', required=True, help='the teacher, by its name in the config')
    parser.add_argument('--source', metavar='NAME', help="source of val_dataloader; default: the teacher's name")
    parser.add_argument('--out', help='JSON file; default: work_dirs/<config name>/calibration_NAME.json')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, help='e.g. val_dataloader.batch_size=16')
    args = parser.parse_args()
    out = args.out or str(Path('work_dirs') / Path(args.config).stem / f'calibration_{args.teacher}.json')
    try:
        config = read_config(args.config, args.cfg_options)
        check_writable(out)
        report = calibrate_teacher(config, args.teacher, args.source)
        report.calibration.save(out)
    except MISTAKES as error:
        parser.error(error_message(error))
    print(f'{report}\n\nwritten: {out}; use it with --cfg-options model.teachers.{args.teacher}.calibration={out}')


if __name__ == '__main__':
    main()
