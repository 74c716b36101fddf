"""Train a student: distilled from teachers, or alone."""

import argparse

from unipose.commands.arguments import add_config_options, add_launcher, find_config
from unipose.console.mistakes import mistakes_told

EXAMPLE = 'configs/distill_small.py --amp'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='training config, such as configs/distill_small.py')
    add('--work-dir', help='folder for logs and checkpoints; default: work_dirs/<config name>')
    add('--resume', nargs='?', const='auto', help='go on from a checkpoint; without a file from the latest one')
    add('--crops', metavar='DIR', help='read what `unipose crops` stored, not whole images; auto: store them first')
    add(
        '--targets',
        metavar='DIR',
        help='replay what `unipose cache` stored; no teacher is run; auto: store the first views of everybody while '
        'training (targets.views=20 of each stage), and replay them from then on',
    )
    add('--amp', action='store_true', help='mixed precision: bf16 where the machine has units for it')
    add('--wandb', metavar='PROJECT', help='also log to this project of Weights & Biases')
    add('--auto-scale-lr', action='store_true', help='scale the learning rate to the batch size')
    add_config_options(parser, 'e.g. model.teachers.mpii.weight=0.3')
    add_launcher(parser)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    find_config(args.config, parser, usage=False)

    import unipose.registration  # noqa: F401
    from unipose.commands.train.run import train

    with mistakes_told(parser, usage=False):
        train(
            args.config,
            args.cfg_options,
            work_dir=args.work_dir,
            resume=args.resume == 'auto' or args.resume,
            crops=args.crops,
            targets=args.targets,
            amp=args.amp,
            wandb=args.wandb,
            auto_scale_lr=args.auto_scale_lr,
            launcher=args.launcher,
        )
