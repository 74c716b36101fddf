"""What a student, and the teachers beside it, see in images and frames."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import numpy as np

from unipose.commands.detectors import Detect
from unipose.inference import PoseInferencer, teacher_inferencers
from unipose.media import Frame
from unipose.media.panels import side_by_side
from unipose.people import PeopleSmoother, Person, draw_people, unsmoothed
from unipose.people.prediction_run import Look
from unipose.skeletons import Skeleton

_STUDENT = 'student'


def look_of(args: argparse.Namespace, detect: Detect | None) -> tuple[Callable[[], Look], Skeleton]:
    """Builds what predicts.

    Args:
        args: What :mod:`unipose.commands.verbs.predict` takes, parsed.
        detect: What finds people; None takes each image as one box.

    Returns:
        What makes, for an image or a video, what predicts and draws; and the student's skeleton.

    Raises:
        ValueError: If files do not fit each other.
        FileNotFoundError: If a file is missing.
    """
    pose = PoseInferencer(
        args.pose2d,
        args.pose2d_weights,
        args.device,
        args.flip_test,
        skeleton=args.skeleton,
        rescorer=args.rescorer,
    )
    models = {_STUDENT: pose} | _teachers(args)

    def new_look() -> Look:
        smooth = {name: PeopleSmoother() if args.smooth else unsmoothed for name in models}

        def look(frames: Sequence[Frame]) -> list[tuple[list[Person], np.ndarray]]:
            images = [frame.image for frame in frames]
            boxes = list(zip(*(detect(image) if detect else (None, None) for image in images)))
            found = {name: model.predict_images(images, *boxes) for name, model in models.items()}
            seen = []
            for number, (image, seconds) in enumerate(frames):
                people = {name: smooth[name](of_all[number], seconds) for name, of_all in found.items()}
                pictures = {
                    name: draw_people(image, people[name], model.skeleton, args.kpt_thr, args.radius, args.thickness)
                    for name, model in models.items()
                }
                seen.append((people[_STUDENT], side_by_side(pictures)))
            return seen

        return look

    return new_look, pose.skeleton


def _teachers(args: argparse.Namespace) -> dict[str, PoseInferencer]:
    """What is drawn beside the student."""
    if args.compare is None:
        return {}
    found = teacher_inferencers(args.pose2d, args.compare, device=args.device, flip_test=args.flip_test)
    return {f'teacher {name}': teacher for name, teacher in found.items()}
