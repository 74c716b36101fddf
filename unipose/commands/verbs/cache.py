"""Run the teachers once over all samples, augmented or as they are, and store what they say: training runs none.

A stopped run goes on where it was when the command is repeated. Several processes share the work:
torchrun --nproc_per_node=8 -m unipose cache CONFIG --launcher pytorch ...
"""

import argparse
from pathlib import Path

from unipose.commands.arguments import add_config_options, add_launcher, find_config
from unipose.console.mistakes import mistakes_told

EXAMPLE = 'configs/distill_small.py --views 20'
LEAVES = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='training config of the student')
    how = parser.add_mutually_exclusive_group()
    how.add_argument('--views', type=int, default=20, help='augmented views of each sample and stage (default: 20)')
    how.add_argument('--once', action='store_true', help='each sample as it is; targets move with the augmentation')
    add('--out', help='folder; default: work_dirs/<config name>/targets, with --once targets_once')
    add('--crops', metavar='DIR', help='read what `unipose crops` stored, not whole images')
    add('--leaves', type=int, default=LEAVES, help=f'parts of a stored row (default: {LEAVES})')
    add('--shard-size', type=int, default=4096, help='views per file (default: 4096)')
    add('--batch-size', type=int, help='views at a time; default: as in training')
    add('--workers', type=int, help='processes that prepare views; default: as in training')
    add_config_options(parser, 'e.g. model.teachers.mpii=None')
    add_launcher(parser)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    find_config(args.config, parser)

    import unipose.registration  # noqa: F401

    # isort: split
    from mmengine.dist import is_main_process

    from unipose.commands.cache import cache_teachers
    from unipose.commands.train.stages import use_prepared_crops
    from unipose.compute.distributed import start_distributed
    from unipose.files.read_config import read_config

    name = 'targets_once' if args.once else 'targets'
    out = args.out or str(Path('work_dirs') / Path(args.config).stem / name)
    with mistakes_told(parser):
        config = read_config(args.config, args.cfg_options)
        if args.crops:
            use_prepared_crops(config, args.crops)
        start_distributed(args.launcher, config)
        views = None if args.once else args.views
        stores = cache_teachers(config, out, views, args.leaves, args.shard_size, args.batch_size, args.workers)
    if is_main_process():
        for stage, store in stores.items():
            print(f'{stage}: {len(store)} views of {store.num_samples} samples, {store.dtype.itemsize} bytes each')
        crops = f' --crops {args.crops}' if args.crops else ''
        print(f'written: {out}; train with: unipose train {args.config}{crops} --targets {out}')
