"""The demo: distil a small student from two teachers on synthetic people; results in work_dirs/demo."""

import argparse

import unipose.registration  # noqa: F401
from unipose.commands.demo import run_demo
from unipose.files.read_config import ConfigOptions, read_config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python tools/demo.py')
    parser.add_argument('--config', default='configs/demo/distill.py')
    parser.add_argument('--work-dir', default='work_dirs/demo')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, help='e.g. train_cfg.max_epochs=2')
    args = parser.parse_args()
    try:
        config = read_config(args.config, args.cfg_options)
        config.work_dir = args.work_dir
        run_demo(config)
    except (ValueError, OSError) as error:
        parser.exit(2, f'{parser.prog}: error: {error}\n')


if __name__ == '__main__':
    main()
