"""Cut the people of a training config out of their images once, so that training does not decode whole images.

A stopped run goes on where it was when the command is repeated. Several processes share the work:
torchrun --nproc_per_node=8 tools/prepare_crops.py CONFIG --launcher pytorch ...
"""

import argparse
from pathlib import Path

from mmengine.dist import is_main_process

import unipose.registration  # noqa: F401
from unipose.commands.crops import prepare_crops
from unipose.console.mistakes import MISTAKES, error_message
from unipose.datasets.crop_store import FORMATS
from unipose.evaluation.evaluate import start_distributed
from unipose.files.read_config import ConfigOptions, read_config


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument('config', help='training config of the student')
    parser.add_argument('--out', help='folder; default: work_dirs/<config name>/crops')
    parser.add_argument('--format', choices=FORMATS, default='raw', help='raw needs no decoding, jpeg takes less space')
    parser.add_argument('--max-height', type=int, default=512, help='largest height of a stored box (default: 512 px)')
    parser.add_argument('--shard-size', type=int, default=256, help='crops per file (default: 256)')
    parser.add_argument('--workers', type=int, help='processes that cut; default: as in training')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, help='e.g. a data_root')
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm'), default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python tools/prepare_crops.py configs/distill_small.py'
    )
    args = parse_args(parser)
    out = args.out or str(Path('work_dirs') / Path(args.config).stem / 'crops')
    try:
        config = read_config(args.config, args.cfg_options)
        start_distributed(args.launcher, config)
        store = prepare_crops(config, out, args.format, args.max_height, args.shard_size, args.workers)
    except MISTAKES as error:
        parser.error(error_message(error))
    if is_main_process():
        size = sum(path.stat().st_size for path in Path(out).iterdir()) / store.num_samples
        print(f'{store.num_samples} crops, {size / 1000:.0f} kB each')
        print(f'written: {out}; train with: python tools/train.py {args.config} --crops {out}')


if __name__ == '__main__':
    main()
