"""Score a student on every dataset of a config, each with its own metric: one run, one table, one metrics.json."""

import argparse
from pathlib import Path

from mmengine.dist import is_main_process

import unipose.registration  # noqa: F401
from unipose.evaluation.evaluate import (
    evaluate_checkpoint,
    evaluate_ground_truth,
    evaluate_teacher,
    start_distributed,
)
from unipose.evaluation.report import format_evaluation
from unipose.files import check_writable, write_json
from unipose.files.read_config import ConfigOptions, read_config
from unipose.mistakes import MISTAKES, error_message


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument('config', help='config that the student was trained with')
    parser.add_argument('checkpoint', nargs='?', help='checkpoint of the training run, or an exported student')
    parser.add_argument('--teacher', metavar='NAME', help='score this teacher of the config on its own dataset instead')
    parser.add_argument('--ground-truth', action='store_true', help='score the annotations: what a perfect model gets')
    parser.add_argument('--work-dir', help='folder for metrics.json; default: work_dirs/<config name>')
    parser.add_argument(
        '--out',
        help='JSON file for numbers and protocol; default: metrics.json (or metrics_teacher_NAME.json) in the work dir',
    )
    parser.add_argument('--dump', help='JSON file for predictions')
    parser.add_argument('--no-flip', action='store_true', help='no flip test')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, help='e.g. test_dataloader.batch_size=16')
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm'), default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if bool(args.checkpoint) + bool(args.teacher) + args.ground_truth != 1:
        parser.error('give either the CHECKPOINT of a student, or --teacher NAME, or --ground-truth')
    what = f'_teacher_{args.teacher}' if args.teacher else '_ground_truth' if args.ground_truth else ''
    args.out = args.out or str(Path(args.work_dir or f'work_dirs/{Path(args.config).stem}') / f'metrics{what}.json')
    return args


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python tools/test.py configs/distill_small.py work_dirs/distill_small/epoch_420.pth',
    )
    args = parse_args(parser)
    outputs = [path for path in (args.out, args.dump) if path]
    try:
        config = read_config(args.config, args.cfg_options)
        for path in outputs:
            check_writable(path)
        start_distributed(args.launcher)
        if args.teacher:
            evaluation = evaluate_teacher(config, args.teacher, flip_test=not args.no_flip)
        elif args.ground_truth:
            evaluation = evaluate_ground_truth(config)
        else:
            evaluation = evaluate_checkpoint(config, args.checkpoint, flip_test=not args.no_flip)
        if is_main_process():
            for path, content in zip(outputs, (evaluation.scores(), evaluation.dump())):
                write_json(path, content)
            print(format_evaluation(evaluation))
            print(f'\nwritten: {", ".join(outputs)}')
    except MISTAKES as error:
        parser.error(error_message(error))


if __name__ == '__main__':
    main()
