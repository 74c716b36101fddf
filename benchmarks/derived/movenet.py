"""What MoveNet, a teacher of COCO's keypoints, says of people annotated in MPII's."""

from __future__ import annotations

from pathlib import Path

import unipose.registration  # noqa: F401

# isort: split
import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

from unipose.inference import PoseInferencer

from .people import People

_ENTRIES = Path(__file__).resolve().parents[2] / 'configs' / 'teachers' / 'entries.py'
_PADDING = 1.35  # of the box around the annotated joints
_SURE = 0.5  # least score of a place that counts


def movenet_people(model: Path, people: People, images: list[Path]) -> People:
    """COCO's keypoints of people, where the model is sure of them.

    Args:
        model: ONNX file of MoveNet Thunder.
        people: Whom to look at.
        images: Their pictures.
    """
    init_default_scope('mmpose')
    entry = dict(Config.fromfile(_ENTRIES).movenet_thunder.to_dict(), onnx=str(model))
    teacher = MODELS.build(dict(type='TeacherEstimator', name='movenet', entry=entry, flip_test=False)).eval()
    inferencer, found = PoseInferencer.of_estimator(teacher, _PADDING), []
    for image, places, known in zip(images, people.places, people.known):
        joints = places[known]
        box = [*joints.min(0), *joints.max(0)]
        found += inferencer(image, [box])
    places, scores = (np.stack(values) for values in zip(*((person.keypoints, person.scores) for person in found)))
    return People(teacher.skeleton, places, scores > _SURE)
