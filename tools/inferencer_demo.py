"""Draw the skeletons that a student sees in images or a video, and write them as JSON."""

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from unipose.commands.detectors import build_detector
from unipose.inference import PoseInferencer, teacher_inferencers
from unipose.media.panels import side_by_side
from unipose.people import PeopleSmoother, Person, draw_people
from unipose.people.prediction_run import ONE_PERSON, PredictionRun, add_arguments

STUDENT = 'student'
EXAMPLE = (
    'example: python tools/inferencer_demo.py photos --pose2d configs/distill_small.py '
    '--pose2d-weights work_dirs/distill_small/epoch_420.pth --vis-out-dir work_dirs/photos'
)


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    add_arguments(parser)
    add = parser.add_argument
    add('--pose2d', required=True, metavar='CONFIG', help='config that the student was trained with')
    add('--pose2d-weights', required=True, metavar='CKPT', help='checkpoint, or exported student')
    add(
        '--det-model',
        metavar='CONFIG',
        help='MMDetection config, exported RTMDet (.onnx) or auto, RTMDet-nano; without one the whole image is one box',
    )
    add('--det-weights', metavar='CKPT', help='weights of the detector; none for an .onnx file and auto')
    add('--skeleton', help='keypoints to draw and write, e.g. coco; default: all that the checkpoint predicts')
    add('--compare', nargs='*', metavar='TEACHER', help="also draw the config's teachers (all, or these) beside it")
    add('--rescorer', metavar='FILE', help="file of tools/rescore.py that people's scores come from")
    add('--frames', type=int, default=8, help='frames of a video whose people are predicted together (default: 8)')
    add('--device', default='cpu', help='such as cpu or cuda:0 (default: cpu)')
    add('--flip-test', action=argparse.BooleanOptionalAction, help='average with the mirrored image; default: config')
    args = parser.parse_args()
    if args.frames < 1:
        parser.error('--frames must be at least 1')
    return args


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    args = parse_args(parser)
    try:
        run = PredictionRun(args, args.pose2d, args.pose2d_weights, args.det_model, args.det_weights, args.rescorer)
        detect = build_detector(args.det_model, args.det_weights, args.device)
        if detect is None:
            print(ONE_PERSON, file=sys.stderr)
        pose = PoseInferencer(
            args.pose2d,
            args.pose2d_weights,
            args.device,
            args.flip_test,
            skeleton=args.skeleton,
            rescorer=args.rescorer,
        )
        models = {STUDENT: pose} | build_teachers(args)
        smooth = {name: PeopleSmoother(run.video.fps) if args.smooth else list for name in models}

        def look(images: Sequence[np.ndarray]) -> list[tuple[list[Person], np.ndarray]]:
            boxes = list(zip(*(detect(image) if detect else (None, None) for image in images)))
            found = {name: model.predict_images(images, *boxes) for name, model in models.items()}
            seen = []
            for number, image in enumerate(images):
                people = {name: smooth[name](of_all[number]) for name, of_all in found.items()}
                pictures = {
                    name: draw_people(image, people[name], model.skeleton, args.kpt_thr, args.radius, args.thickness)
                    for name, model in models.items()
                }
                seen.append((people[STUDENT], side_by_side(pictures)))
            return seen

        return run(look, pose.skeleton, args.frames)
    except (ValueError, OSError, ImportError) as error:
        parser.error(str(error))


def build_teachers(args: argparse.Namespace) -> dict[str, PoseInferencer]:
    """What is drawn beside the student."""
    if args.compare is None:
        return {}
    found = teacher_inferencers(args.pose2d, args.compare, device=args.device, flip_test=args.flip_test)
    return {f'teacher {name}': teacher for name, teacher in found.items()}


if __name__ == '__main__':
    sys.exit(main())
