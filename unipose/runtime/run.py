"""Draw the skeletons that an exported student sees in images and videos, and write them as JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from unipose.console.mistakes import MISTAKES, add_traceback_option, mistakes_told
from unipose.console.prediction_options import add_arguments
from unipose.media import Frame
from unipose.people import BoxFollower, PeopleSmoother, PeopleTracker, Person, draw_people, unchanged
from unipose.people.prediction_run import ONE_PERSON, Draw, Look, PredictionRun
from unipose.student import default_student, introduction

from .backends import BACKENDS, PRECISIONS
from .onnx_inferencer import OnnxInferencer

EXAMPLE = 'example: unipose-run photos --det-model auto'


def main() -> int:
    """The command ``unipose-run``."""
    parser = argparse.ArgumentParser(prog='unipose-run', description=__doc__, epilog=EXAMPLE)
    add_arguments(parser, vis_out_dir=Path('unipose-run'))
    add = parser.add_argument
    add('--model', metavar='ONNX', help='a student of `unipose export`; default: the one that comes with unipose')
    add(
        '--det-model',
        metavar='ONNX',
        help='an exported RTMDet or YOLOX, or auto: RTMDet-nano, fetched once into UNIPOSE_CACHE, by default '
        '~/.cache/unipose; without a detector the whole image is one box',
    )
    add('--det-thr', type=float, metavar='SCORE', help='least score of a box that it finds (default: 0.3)')
    add('--skeleton', help="keypoints to draw and write, e.g. coco, as COCO's evaluation takes them; default: all")
    add('--flip-test', action='store_true', help='average with the mirrored image, aligned')
    add('--threads', type=int, default=0, help='threads of the networks; default: 0, as many as there are cores')
    add(
        '--backend',
        choices=BACKENDS,
        default='auto',
        help='what computes the student; default: auto, OpenVINO if it is installed, unless onnxruntime is as fast',
    )
    add(
        '--precision',
        choices=PRECISIONS,
        default='auto',
        help='what OpenVINO computes in; default: auto, bf16 where the CPU has units for it',
    )
    add(
        '--device',
        default='auto',
        help='cpu, or of onnxruntime cuda, cuda:1 or coreml; default: auto, cuda where it is installed and starts',
    )
    add_traceback_option(parser)
    args = parser.parse_args()
    if args.det_thr is not None and not (args.det_model and 0 <= args.det_thr <= 1):
        parser.error('--det-thr must be from 0 to 1, and goes with --det-model')
    if args.threads < 0:
        parser.error('--threads must be at least 0')
    given = {name: getattr(args, name) for name in ('skeleton', 'backend', 'precision', 'device')}
    given |= {} if args.det_thr is None else dict(score_thr=args.det_thr)
    with mistakes_told(parser, (*MISTAKES, ImportError)):
        model = args.model or default_student()
        run = PredictionRun(args, model, args.det_model)
        # MMPose's is for comparing with published numbers; benchmarks/flip_tests.py has the aligned one ahead
        flip_test = args.flip_test and 'aligned'
        infer = OnnxInferencer(model, args.det_model, flip_test, args.threads, **given)
        if not args.model:
            print(introduction(infer.estimator.facts), file=sys.stderr)
        if not args.det_model:
            print(ONE_PERSON, file=sys.stderr)
        print(infer.backend, file=sys.stderr)

        def new_look(is_video: bool) -> Look:
            find = BoxFollower(infer.detector, args.det_every)
            track = PeopleTracker(infer.skeleton) if args.track and is_video else unchanged
            smooth = PeopleSmoother() if args.smooth else unchanged
            how = infer.skeleton, args.kpt_thr, args.radius, args.thickness

            def look(frames: Sequence[Frame]) -> list[tuple[list[Person], Draw]]:
                seen: list[tuple[list[Person], Draw]] = []
                for image, seconds in frames:
                    people = infer(image, *find(image))
                    find.saw(people)
                    people = smooth(track(people, seconds), seconds)
                    seen.append((people, partial(draw_people, image, people, *how)))
                return seen

            return look

        return run(new_look, infer.skeleton)


if __name__ == '__main__':
    sys.exit(main())
