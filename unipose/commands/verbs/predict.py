"""Draw the skeletons that a student sees in images and videos, and write them as JSON."""

import argparse

from unipose.console.mistakes import mistakes_told
from unipose.console.prediction_options import add_arguments as add_prediction_options

EXAMPLE = (
    'photos --pose2d configs/distill_small.py '
    '--pose2d-weights work_dirs/distill_small/epoch_420.pth --vis-out-dir work_dirs/photos'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_prediction_options(parser)
    add = parser.add_argument
    add('--pose2d', required=True, metavar='CONFIG', help='config that the student was trained with')
    add('--pose2d-weights', required=True, metavar='CKPT', help='checkpoint, also of `unipose export --format mmpose`')
    add(
        '--det-model',
        metavar='CONFIG',
        help='MMDetection config, RTMDet or YOLOX (.onnx) or auto, RTMDet-nano; without one the whole image is one '
        'box. A model that finds people itself (DEKR, RTMO) needs none',
    )
    add('--det-weights', metavar='CKPT', help='weights of the detector; none for an .onnx file and auto')
    add('--skeleton', help='keypoints to draw and write, e.g. coco; default: all that the checkpoint predicts')
    add(
        '--predicts',
        metavar='SKELETON',
        help='keypoints of weights that do not say theirs, as published ones; e.g. coco',
    )
    add('--compare', nargs='*', metavar='TEACHER', help="also draw the config's teachers (all, or these) beside it")
    add('--rescorer', metavar='FILE', help="file of `unipose rescore` that people's scores come from")
    add('--frames', type=int, default=8, help='frames of a video whose people are predicted together (default: 8)')
    add('--device', default='cpu', help='such as cpu or cuda:0 (default: cpu)')
    add('--flip-test', action=argparse.BooleanOptionalAction, help='average with the mirrored image; default: config')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if args.frames < 1:
        parser.error('--frames must be at least 1')
    if args.pose2d_weights.endswith('.onnx'):
        parser.error(f'{args.pose2d_weights} needs neither config nor torch: unipose-run --model {args.pose2d_weights}')

    from unipose.people.prediction_run import PredictionRun

    with mistakes_told(parser, (ValueError, OSError, ImportError)):
        files = PredictionRun(args, args.pose2d, args.pose2d_weights, args.det_model, args.det_weights, args.rescorer)

        import unipose.registration  # noqa: F401
        from unipose.commands.predict import look_of

        new_look, skeleton = look_of(args)
        # a box that follows its person has to wait for what is predicted in the frame before
        return files(new_look, skeleton, args.frames if args.det_every == 1 else 1)
