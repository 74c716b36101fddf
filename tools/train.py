"""Train a student: distilled from teachers, or alone."""

import argparse
from pathlib import Path

from mmengine.config import Config

import unipose.registration  # noqa: F401
from unipose.commands.train.stages import use_prepared_crops, use_stored_targets
from unipose.commands.train.training import TrainingRunner, prepare_training, use_mixed_precision, use_wandb
from unipose.console.mistakes import MISTAKES, error_message
from unipose.engine.optim import SkippedStepsError
from unipose.evaluation.evaluate import start_distributed
from unipose.files import DamagedImageError
from unipose.files.read_config import ConfigOptions, read_config


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument('config', help='training config, such as configs/distill_small.py')
    parser.add_argument('--work-dir', help='folder for logs and checkpoints; default: work_dirs/<config name>')
    parser.add_argument(
        '--resume', nargs='?', const='auto', help='go on from a checkpoint; without a file from the latest one'
    )
    parser.add_argument('--crops', metavar='DIR', help='read what tools/prepare_crops.py stored, not whole images')
    parser.add_argument(
        '--targets', metavar='DIR', help='replay what tools/cache_teachers.py stored; no teacher is run'
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision: bf16 where the machine has units for it')
    parser.add_argument('--wandb', metavar='PROJECT', help='also log to this project of Weights & Biases')
    parser.add_argument('--auto-scale-lr', action='store_true', help='scale the learning rate to the batch size')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, help='e.g. model.teachers.mpii.weight=0.3')
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm'), default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def load_config(args: argparse.Namespace) -> Config:
    config = read_config(args.config, args.cfg_options)
    config.launcher = args.launcher
    config.work_dir = args.work_dir or config.get('work_dir') or f'work_dirs/{Path(args.config).stem}'
    if args.crops:
        use_prepared_crops(config, args.crops)
    if args.targets:
        use_stored_targets(config, args.targets)
    if args.amp:
        use_mixed_precision(config)
    if args.wandb:
        use_wandb(config, args.wandb)
    if args.auto_scale_lr:
        config.merge_from_dict({'auto_scale_lr.enable': True})
    if args.resume and args.resume != 'auto':
        config.resume, config.load_from = True, args.resume
    elif args.resume and (Path(config.work_dir) / 'last_checkpoint').is_file():
        config.resume, config.load_from = True, None
    return config


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python tools/train.py configs/distill_small.py --amp'
    )
    args = parse_args(parser)
    runner = None
    try:
        config = load_config(args)
        start_distributed(args.launcher, config)
        prepare_training(config)
        runner = TrainingRunner.from_cfg(config)
        runner.train()
    except MISTAKES as error:
        if runner and runner.started and not isinstance(error, DamagedImageError | SkippedStepsError):
            raise  # no mistake of the user's
        parser.exit(2, f'{parser.prog}: error: {error_message(error)}\n')


if __name__ == '__main__':
    main()
