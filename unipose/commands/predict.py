"""What a student, and the teachers beside it, see in images and frames."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial

import numpy as np

from unipose.checkpoints.model_kinds import finds_people
from unipose.commands.detectors import build_detector
from unipose.files.read_config import read_config
from unipose.inference import PoseInferencer, load_inferencer, teacher_inferencers
from unipose.media import Frame
from unipose.media.panels import side_by_side
from unipose.people import BoxFollower, PeopleSmoother, PeopleTracker, Person, draw_people, unchanged
from unipose.people.prediction_run import ONE_PERSON, Draw, Look, NewLook
from unipose.people.predictor import Detect
from unipose.skeletons import Skeleton

_STUDENT = 'student'


def look_of(args: argparse.Namespace) -> tuple[NewLook, Skeleton]:
    """Builds what predicts.

    Args:
        args: What :mod:`unipose.commands.verbs.predict` takes, parsed.

    Returns:
        What makes, for an image or a video, what predicts and draws; and the student's skeleton.

    Raises:
        ValueError: If files or options do not fit each other.
        OSError: If a file is missing, or a detector cannot be fetched.
        ImportError: If an ONNX file is to find people and onnxruntime is not installed.
    """
    detect = _detector(args)
    pose = load_inferencer(
        args.pose2d,
        args.pose2d_weights,
        args.device,
        flip_test=args.flip_test,
        skeleton=args.skeleton,
        predicts=args.predicts,
        rescorer=args.rescorer,
    )
    models = {_STUDENT: pose} | _teachers(args)

    def new_look(is_video: bool) -> Look:
        find = BoxFollower(detect, args.det_every)
        track = PeopleTracker(pose.skeleton) if args.track and is_video else unchanged
        smooth = {name: PeopleSmoother() if args.smooth else unchanged for name in models}

        def draw(image: np.ndarray, people: dict[str, list[Person]]) -> np.ndarray:
            how = args.kpt_thr, args.radius, args.thickness
            return side_by_side(
                {name: draw_people(image, people[name], model.skeleton, *how) for name, model in models.items()}
            )

        def look(frames: Sequence[Frame]) -> list[tuple[list[Person], Draw]]:
            images = [frame.image for frame in frames]
            boxes = list(zip(*map(find, images)))
            found = {name: model.predict_images(images, *boxes) for name, model in models.items()}
            seen: list[tuple[list[Person], Draw]] = []
            for number, (image, seconds) in enumerate(frames):
                people = {name: of_all[number] for name, of_all in found.items()}
                find.saw(people[_STUDENT])
                people[_STUDENT] = track(people[_STUDENT], seconds)
                people = {name: smooth[name](of_one, seconds) for name, of_one in people.items()}
                seen.append((people[_STUDENT], partial(draw, image, people)))
            return seen

        return look

    return new_look, pose.skeleton


def _detector(args: argparse.Namespace) -> Detect | None:
    """What finds people for the student; None where it finds them itself, or each picture is taken as one person's."""
    takes_pictures = finds_people(read_config(args.pose2d))
    if takes_pictures and args.det_model:
        raise ValueError(f'the model of {args.pose2d} finds people in whole pictures itself; leave out --det-model')
    detect = build_detector(args.det_model, args.det_weights, args.device)
    if detect is None and not takes_pictures:
        print(ONE_PERSON, file=sys.stderr)
    return detect


def _teachers(args: argparse.Namespace) -> dict[str, PoseInferencer]:
    """What is drawn beside the student."""
    if args.compare is None:
        return {}
    found = teacher_inferencers(args.pose2d, args.compare, device=args.device, flip_test=args.flip_test)
    return {f'teacher {name}': teacher for name, teacher in found.items()}
