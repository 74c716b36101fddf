"""The demo: distil a small student from two teachers on synthetic people; results in work_dirs/demo."""

import argparse

from mmengine.config import Config, DictAction

import unipose.registration  # noqa: F401
from unipose.demo import run_demo


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python tools/demo.py')
    parser.add_argument('--config', default='configs/demo/distill.py')
    parser.add_argument('--work-dir', default='work_dirs/demo')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='e.g. train_cfg.max_epochs=2')
    args = parser.parse_args()
    try:
        config = Config.fromfile(args.config)
        config.merge_from_dict(args.cfg_options or {})
        config.work_dir = args.work_dir
        run_demo(config)
    except (ValueError, OSError) as error:
        parser.exit(2, f'{parser.prog}: error: {error}\n')


if __name__ == '__main__':
    main()
