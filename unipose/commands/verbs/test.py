"""Score a student on every dataset of a config, each with its own metric; with --teachers, beside its teachers."""

from __future__ import annotations

import argparse
from pathlib import Path

from unipose.commands.arguments import add_config_options, add_launcher, find_config
from unipose.console.config_options import ConfigOptions
from unipose.console.mistakes import MISTAKES, mistakes_told

EXAMPLE = 'configs/demo/distill.py work_dirs/demo/student.pth --teachers'
INTERMIXED = True  # the checkpoint may also stand behind options
ALIGNED = 'aligned'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='config that the student was trained with')
    add('checkpoint', nargs='?', help='checkpoint of a training run, or exported student (.pth or .onnx)')
    add('--teachers', action='store_true', help='also score all teachers, in one table with the student')
    add('--teacher', metavar='NAME', help='score this teacher of the config on its own dataset instead')
    add(
        '--canvas',
        action='store_true',
        help='with --teacher: on the canvases that it teaches through, not its own crops',
    )
    add('--source', metavar='NAME', help='with --teacher: the source to score it on; default: its name')
    add('--padding', type=float, help="with --teacher: factor from a person's box to its own crop; default: as it says")
    add('--also', nargs='+', default=[], metavar='FILE', help='more test sources, e.g. configs/sources/halpe.py')
    add('--ground-truth', action='store_true', help='score the annotations: what a perfect model gets')
    add('--work-dir', help='folder for metrics.json; default: work_dirs/<config name>')
    add(
        '--out',
        help='JSON file for numbers and protocol; default: in the work dir, metrics.json for a checkpoint, '
        'metrics_teacher_NAME.json for a teacher, metrics_student.onnx.json for student.onnx',
    )
    add('--dump', help='JSON file for predictions')
    add(
        '--detections',
        nargs='+',
        action=ConfigOptions,
        metavar='SOURCE=FILE',
        help='also score on the boxes of a detector (a JSON file of COCO results), e.g. coco=boxes.json',
    )
    add(
        '--tta',
        type=_tta,
        default='flip',
        help="none, flip (MMPose's flip test, the default), aligned (one that moves no prediction), multiscale, or "
        'flip,multiscale or aligned,multiscale',
    )
    add('--skeleton', help='keep these keypoints alone, e.g. coco; what needs others is not scored')
    add_config_options(parser, 'e.g. test_dataloader.batch_size=16')
    add_launcher(parser)


def _tta(text: str) -> list[str]:
    kinds = [] if text == 'none' else text.split(',')
    if set(kinds) - {'flip', ALIGNED, 'multiscale'} or {'flip', ALIGNED} <= set(kinds):
        raise argparse.ArgumentTypeError(f'{text!r} is not none, or flip or {ALIGNED}, multiscale or both')
    return kinds


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    _check(args, parser)
    find_config(args.config, parser)

    import unipose.registration  # noqa: F401

    # isort: split
    from mmengine.dist import is_main_process

    from unipose.commands.score import score
    from unipose.compute.distributed import start_distributed
    from unipose.evaluation.added_sources import with_sources
    from unipose.evaluation.comparison_tables import metrics_name
    from unipose.files import check_distinct, check_writable, write_file, write_json
    from unipose.files.read_config import read_config

    work_dir = Path(args.work_dir or f'work_dirs/{Path(args.config).stem}')
    out = args.out or str(work_dir / metrics_name(_other(args)))
    outputs = [out] + [Path(out).with_suffix('.md')] * args.teachers + [args.dump] * bool(args.dump)
    with mistakes_told(parser, (*MISTAKES, ImportError)):
        config = read_config(with_sources(args.config, *args.also) if args.also else args.config, args.cfg_options)
        check_distinct(*outputs)
        for path in outputs:
            check_writable(path)
        start_distributed(args.launcher, config)
        contents, text = score(config, args)
        if is_main_process():
            for path, content in zip(outputs, contents, strict=True):
                write_file(path, content.encode()) if isinstance(content, str) else write_json(path, content)
            print(f'{text}\n\nwritten: {", ".join(map(str, outputs))}')


def _check(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """What arguments do not go together."""
    if bool(args.checkpoint) + bool(args.teacher) + args.ground_truth != 1:
        parser.error('give a CONFIG, and the CHECKPOINT of a student, --teacher NAME or --ground-truth')
    if not args.checkpoint and (args.teachers or args.detections or args.skeleton):
        parser.error('--teachers, --detections and --skeleton go with the CHECKPOINT of a student')
    if (args.canvas or args.source or args.padding is not None) and not args.teacher:
        parser.error('--canvas, --source and --padding go with --teacher NAME')
    if args.canvas and args.padding is not None:
        parser.error('--padding is of own crops; on a canvas the entry says it: leave out --canvas or --padding')
    if args.padding is not None and not 0 < args.padding < 100:
        parser.error(f'--padding must be a factor above 0. Got: {args.padding}')
    if args.teachers and (args.skeleton or args.dump):
        parser.error('--skeleton and --dump are of a student alone; leave out --teachers')
    if args.teachers and _is_onnx(args.checkpoint):
        parser.error('--teachers goes with a checkpoint; score an ONNX file alone')


def _is_onnx(checkpoint: str | None) -> bool:
    return Path(checkpoint or '').suffix == '.onnx'


def _other(args: argparse.Namespace) -> str:
    """What is scored instead of a checkpoint."""
    if args.teacher:
        return f'teacher_{args.teacher}' + (f'_on_{args.source}' if args.source else '')
    if args.ground_truth:
        return 'ground_truth'
    return Path(args.checkpoint).name if _is_onnx(args.checkpoint) else ''
