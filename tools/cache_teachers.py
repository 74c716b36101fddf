"""Run the teachers once over all samples, augmented or as they are, and store what they say: training runs none.

A stopped run goes on where it was when the command is repeated. Several processes share the work:
torchrun --nproc_per_node=8 tools/cache_teachers.py CONFIG --launcher pytorch ...
"""

import argparse
from pathlib import Path

from mmengine.dist import is_main_process

import unipose.registration  # noqa: F401
from unipose.commands.cache import cache_teachers
from unipose.commands.train.stages import use_prepared_crops
from unipose.console.mistakes import MISTAKES, error_message
from unipose.evaluation.evaluate import start_distributed
from unipose.files.read_config import ConfigOptions, read_config
from unipose.simcc.compact import LEAVES


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument('config', help='training config of the student')
    how = parser.add_mutually_exclusive_group()
    how.add_argument('--views', type=int, default=20, help='augmented views of each sample and stage (default: 20)')
    how.add_argument('--once', action='store_true', help='each sample as it is; targets move with the augmentation')
    parser.add_argument('--out', help='folder; default: work_dirs/<config name>/targets, with --once targets_once')
    parser.add_argument('--crops', metavar='DIR', help='read what tools/prepare_crops.py stored, not whole images')
    parser.add_argument('--leaves', type=int, default=LEAVES, help=f'parts of a stored row (default: {LEAVES})')
    parser.add_argument('--shard-size', type=int, default=4096, help='views per file (default: 4096)')
    parser.add_argument('--batch-size', type=int, help='views at a time; default: as in training')
    parser.add_argument('--workers', type=int, help='processes that prepare views; default: as in training')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, help='e.g. model.teachers.mpii=None')
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm'), default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python tools/cache_teachers.py configs/distill_small.py --views 20'
    )
    args = parse_args(parser)
    name = 'targets_once' if args.once else 'targets'
    out = args.out or str(Path('work_dirs') / Path(args.config).stem / name)
    try:
        config = read_config(args.config, args.cfg_options)
        if args.crops:
            use_prepared_crops(config, args.crops)
        start_distributed(args.launcher, config)
        views = None if args.once else args.views
        stores = cache_teachers(config, out, views, args.leaves, args.shard_size, args.batch_size, args.workers)
    except MISTAKES as error:
        parser.error(error_message(error))
    if is_main_process():
        for stage, store in stores.items():
            print(f'{stage}: {len(store)} views of {store.num_samples} samples, {store.dtype.itemsize} bytes each')
        crops = f' --crops {args.crops}' if args.crops else ''
        print(f'written: {out}; train with: python tools/train.py {args.config}{crops} --targets {out}')


if __name__ == '__main__':
    main()
