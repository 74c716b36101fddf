"""From data and teachers to a scored, exported and described student: all steps in one command.

It says what is missing and how to get it, measures how long and how large each step will be on this machine, and does
what is left: cuts crops, stores targets, trains, scores student and teachers, exports, writes report and model card.
Stopped anywhere, the same command goes on. Several processes share the work:
torchrun --nproc_per_node=8 -m unipose full_run CONFIG --launcher pytorch ...
"""

import argparse
from pathlib import Path

from unipose.commands.arguments import add_config_options, add_launcher, find_config
from unipose.commands.verbs.crops import FORMATS
from unipose.console.mistakes import MISTAKES, mistakes_told

EXAMPLE = 'configs/distill_small.py --amp --dry-run'
BATCHES = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='training config of a student with teachers')
    add('--work-dir', type=Path, help='folder for everything; default: work_dirs/<config name>')
    add('--dry-run', action='store_true', help='say what is missing, how long and how large it will be, and stop')
    how = parser.add_mutually_exclusive_group()
    how.add_argument('--views', type=int, default=20, help='augmented views of each sample and stage to store (20)')
    how.add_argument('--once', action='store_true', help='each sample as it is; targets move with the augmentation')
    add('--crop-format', choices=FORMATS, default='raw', help='raw needs no decoding, jpeg takes less space')
    add('--amp', action='store_true', help='mixed precision: bf16 where the machine has units for it')
    add('--auto-scale-lr', action='store_true', help='scale the learning rate to the batch size')
    add('--also', nargs='+', default=[], metavar='FILE', help='score on more: configs/sources/halpe.py')
    add('--license', default='unknown', help="of the weights, in Hugging Face's spelling; default: unknown")
    add('--measure', type=int, default=BATCHES, metavar='N', help=f'batches to measure of each step ({BATCHES})')
    add_config_options(parser, 'e.g. train_dataloader.batch_size=64')
    add_launcher(parser)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if args.views < 1:
        parser.error(f'--views must be at least 1. Got: {args.views}')
    from unipose.checkpoints.licences import Licence

    with mistakes_told(parser, usage=False):
        Licence.of(args.license, '--license')
    find_config(args.config, parser, usage=False)

    import unipose.registration  # noqa: F401
    from unipose.commands.full_run.run import full_run, processes_of
    from unipose.commands.full_run.setting import Setting
    from unipose.commands.train.config import use_mixed_precision
    from unipose.evaluation.added_sources import with_sources
    from unipose.files.read_config import read_config

    with mistakes_told(parser, (*MISTAKES, ImportError), usage=False):
        config = read_config(args.config, args.cfg_options)
        if args.amp:
            use_mixed_precision(config)
        if args.auto_scale_lr:
            config.merge_from_dict({'auto_scale_lr.enable': True})
        config = with_sources(config, *args.also) if args.also else config
        setting = Setting(
            config=config,
            work_dir=args.work_dir or Path('work_dirs') / Path(args.config).stem,
            views=None if args.once else args.views,
            crop_format=args.crop_format,
            license=args.license,
            launcher=args.launcher,
            processes=processes_of(args.launcher)[1],
        )
        full_run(setting, args.dry_run, args.measure)
