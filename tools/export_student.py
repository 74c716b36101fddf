"""Export the student of a training run as a plain MMPose model: a .pth file, and a .py config beside it."""

import argparse

from unipose.commands.verbs.export import export_mmpose


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python tools/export_student.py work_dirs/distill_small/epoch_420.pth student.pth',
    )
    parser.add_argument('checkpoint', help='checkpoint that tools/train.py wrote')
    parser.add_argument('out', help='.pth file to write; the config goes beside it, with suffix .py')
    parser.add_argument('--force', action='store_true', help='write over existing files')
    export_mmpose(parser.parse_args(), parser)


if __name__ == '__main__':
    main()
