"""Cut the people of a training config out of their images once, so that training does not decode whole images.

A stopped run goes on where it was when the command is repeated. Several processes share the work:
torchrun --nproc_per_node=8 -m unipose crops CONFIG --launcher pytorch ...
"""

import argparse
from pathlib import Path

from unipose.commands.arguments import add_config_options, add_launcher, find_config
from unipose.console.mistakes import mistakes_told

EXAMPLE = 'configs/distill_small.py'
FORMATS = ('raw', 'jpeg')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='training config of the student')
    add('--out', help='folder; default: work_dirs/<config name>/crops')
    add('--format', choices=FORMATS, default='raw', help='raw needs no decoding, jpeg takes less space')
    add('--max-height', type=int, default=512, help='largest height of a stored box (default: 512 px)')
    add('--shard-size', type=int, default=256, help='crops per file (default: 256)')
    add('--workers', type=int, help='processes that cut; default: as in training')
    add_config_options(parser, 'e.g. a data_root')
    add_launcher(parser)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    find_config(args.config, parser)

    import unipose.registration  # noqa: F401

    # isort: split
    from mmengine.dist import is_main_process

    from unipose.commands.crops import prepare_crops
    from unipose.compute.distributed import start_distributed
    from unipose.files.read_config import read_config

    out = args.out or str(Path('work_dirs') / Path(args.config).stem / 'crops')
    with mistakes_told(parser):
        config = read_config(args.config, args.cfg_options)
        start_distributed(args.launcher, config)
        store = prepare_crops(config, out, args.format, args.max_height, args.shard_size, args.workers)
    if is_main_process():
        size = sum(path.stat().st_size for path in Path(out).iterdir()) / store.num_samples
        print(f'{store.num_samples} crops, {size / 1000:.0f} kB each')
        print(f'written: {out}; train with: unipose train {args.config} --crops {out}')
