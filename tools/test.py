"""Score a student on every dataset of a config, each with its own metric; with --teachers, beside its teachers."""

import argparse
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process

import unipose.registration  # noqa: F401
from unipose.commands.export.onnx_estimator import load_onnx_estimator
from unipose.console.mistakes import MISTAKES, error_message
from unipose.evaluation.added_sources import with_sources
from unipose.evaluation.comparison import compare, format_comparison, metrics_name
from unipose.evaluation.configs import detected_config
from unipose.evaluation.dataset_mean import dataset_mean
from unipose.evaluation.evaluate import (
    evaluate_checkpoint,
    evaluate_ground_truth,
    evaluate_teacher,
    start_distributed,
)
from unipose.evaluation.load_model import load_model
from unipose.evaluation.report import format_evaluation
from unipose.evaluation.scales import MULTISCALE
from unipose.files import check_distinct, check_writable, write_file, write_json
from unipose.files.read_config import ConfigOptions, read_config
from unipose.simcc.flip_test import ALIGNED


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument('config', help='config that the student was trained with')
    parser.add_argument(
        'checkpoint', nargs='?', help='checkpoint of a training run, or exported student (.pth or .onnx)'
    )
    parser.add_argument(
        '--teachers', action='store_true', help='also score all teachers, in one table with the student'
    )
    parser.add_argument('--teacher', metavar='NAME', help='score this teacher of the config on its own dataset instead')
    parser.add_argument(
        '--canvas',
        action='store_true',
        help='with --teacher: on the canvases that it teaches through, not its own crops',
    )
    parser.add_argument('--source', metavar='NAME', help='with --teacher: the source to score it on; default: its name')
    parser.add_argument(
        '--padding', type=float, help="with --teacher: factor from a person's box to its own crop; default: as it says"
    )
    parser.add_argument(
        '--also', nargs='+', default=[], metavar='FILE', help='more test sources, e.g. configs/sources/halpe.py'
    )
    parser.add_argument('--ground-truth', action='store_true', help='score the annotations: what a perfect model gets')
    parser.add_argument('--work-dir', help='folder for metrics.json; default: work_dirs/<config name>')
    parser.add_argument(
        '--out',
        help='JSON file for numbers and protocol; default: in the work dir, metrics.json for a checkpoint, '
        'metrics_teacher_NAME.json for a teacher, metrics_student.onnx.json for student.onnx',
    )
    parser.add_argument('--dump', help='JSON file for predictions')
    parser.add_argument(
        '--detections',
        nargs='+',
        action=ConfigOptions,
        default={},
        metavar='SOURCE=FILE',
        help='also score on the boxes of a detector (a JSON file of COCO results), e.g. coco=boxes.json',
    )
    parser.add_argument(
        '--tta',
        type=_tta,
        default=_tta('flip'),
        help="none, flip (MMPose's flip test, the default), aligned (one that moves no prediction), multiscale, or "
        'flip,multiscale or aligned,multiscale',
    )
    parser.add_argument('--skeleton', help='keep these keypoints alone, e.g. coco; what needs others is not scored')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, help='e.g. test_dataloader.batch_size=16')
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm'), default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_intermixed_args()  # the checkpoint may also stand behind options
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
    work_dir = Path(args.work_dir or f'work_dirs/{Path(args.config).stem}')
    args.out = args.out or str(work_dir / metrics_name(_other(args)))
    return args


def _other(args: argparse.Namespace) -> str:
    """What is scored instead of a checkpoint."""
    if args.teacher:
        return f'teacher_{args.teacher}' + (f'_on_{args.source}' if args.source else '')
    if args.ground_truth:
        return 'ground_truth'
    return Path(args.checkpoint).name if _is_onnx(args.checkpoint) else ''


def _is_onnx(checkpoint: str | None) -> bool:
    return Path(checkpoint or '').suffix == '.onnx'


def _tta(text: str) -> dict[str, Any]:
    kinds = [] if text == 'none' else text.split(',')
    if set(kinds) - {'flip', ALIGNED, 'multiscale'} or {'flip', ALIGNED} <= set(kinds):
        raise argparse.ArgumentTypeError(f'{text!r} is not none, or flip or {ALIGNED}, multiscale or both')
    flip_test = ALIGNED if ALIGNED in kinds else 'flip' in kinds
    return dict(flip_test=flip_test, scales=MULTISCALE if 'multiscale' in kinds else (1.0,))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python tools/test.py configs/demo/distill.py work_dirs/demo/student.pth --teachers',
    )
    args = parse_args(parser)
    table = Path(args.out).with_suffix('.md')
    outputs = [args.out] + [table] * args.teachers + [args.dump] * bool(args.dump)
    try:
        config = read_config(with_sources(args.config, *args.also) if args.also else args.config, args.cfg_options)
        check_distinct(*outputs)
        for path in outputs:
            check_writable(path)
        start_distributed(args.launcher, config)
        contents, text = evaluate(config, args)
        if is_main_process():
            for path, content in zip(outputs, contents, strict=True):
                write_file(path, content.encode()) if isinstance(content, str) else write_json(path, content)
            print(f'{text}\n\nwritten: {", ".join(map(str, outputs))}')
    except (*MISTAKES, ImportError) as error:
        parser.error(error_message(error))


def evaluate(config: Config, args: argparse.Namespace) -> tuple[list[Any], str]:
    """Contents of the files to write, and what to print."""
    if args.teachers:
        comparison = compare(config, args.checkpoint, args.detections, **args.tta)
        parts = [teacher.evaluation for teacher in comparison.teachers.values()]
        parts += [comparison.student.evaluation, comparison.student.detected]
        texts = [format_evaluation(part, per_keypoint=False) for part in parts if part]
        contents = [comparison.scores(), format_comparison(comparison, markdown=True) + '\n']
        return contents, '\n\n'.join([*texts, format_comparison(comparison)])
    if args.teacher:
        evaluation = evaluate_teacher(
            config, args.teacher, args.source, padding=args.padding, canvas=args.canvas, **args.tta
        )
    elif args.ground_truth:
        evaluation = evaluate_ground_truth(config)
    else:
        how = dict(
            skeleton=args.skeleton, load=load_onnx_estimator if _is_onnx(args.checkpoint) else load_model, **args.tta
        )
        evaluation = evaluate_checkpoint(config, args.checkpoint, **how)
    scores, text = evaluation.scores(), format_evaluation(evaluation)
    if args.detections:
        detected = evaluate_checkpoint(detected_config(config, args.detections), args.checkpoint, **how)
        detected.metrics.update(dataset_mean(detected.metrics, evaluation.metrics))
        scores['detected'], text = detected.scores(), f'{text}\n\n{format_evaluation(detected)}'
    return [scores] + [evaluation.dump()] * bool(args.dump), text


if __name__ == '__main__':
    main()
