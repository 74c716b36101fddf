"""Train a student: distilled from teachers, or alone."""

import argparse
import sys

from unipose.commands.arguments import add_config_options, add_launcher, find_config
from unipose.console.mistakes import MISTAKES, tell_mistake

EXAMPLE = 'configs/distill_small.py --amp'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='training config, such as configs/distill_small.py')
    add('--work-dir', help='folder for logs and checkpoints; default: work_dirs/<config name>')
    add('--resume', nargs='?', const='auto', help='go on from a checkpoint; without a file from the latest one')
    add('--crops', metavar='DIR', help='read what `unipose crops` stored, not whole images')
    add('--targets', metavar='DIR', help='replay what `unipose cache` stored; no teacher is run')
    add('--amp', action='store_true', help='mixed precision: bf16 where the machine has units for it')
    add('--wandb', metavar='PROJECT', help='also log to this project of Weights & Biases')
    add('--auto-scale-lr', action='store_true', help='scale the learning rate to the batch size')
    add_config_options(parser, 'e.g. model.teachers.mpii.weight=0.3')
    add_launcher(parser)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    find_config(args.config, parser, usage=False)

    import unipose.registration  # noqa: F401

    # isort: split
    from mmengine.dist import is_main_process

    from unipose.commands.train.config import training_config
    from unipose.commands.train.training import TrainingRunner, prepare_training
    from unipose.compute.distributed import start_distributed
    from unipose.engine.optim import SkippedStepsError
    from unipose.files import DamagedImageError

    runner = None
    try:
        config = training_config(args)
        start_distributed(args.launcher, config)
        if args.resume and not config.get('resume') and is_main_process():
            print(f'nothing to resume in {config.work_dir}: training starts anew', file=sys.stderr)
        prepare_training(config)
        runner = TrainingRunner.from_cfg(config)
        runner.train()
    except MISTAKES as error:
        if runner and runner.started and not isinstance(error, DamagedImageError | SkippedStepsError):
            raise  # no mistake of the user's
        tell_mistake(parser, error, usage=False)
