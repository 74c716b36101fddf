"""What MoveNet, a teacher of COCO's keypoints, says of people annotated in MPII's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from onnxruntime import InferenceSession

from unipose.files import read_image
from unipose.skeletons import load_skeleton

from .people import People

_PADDING = 1.35  # of the box around the annotated joints
_SURE = 0.5  # least score of a place that counts


def movenet_people(model: Path, people: People, images: list[Path]) -> People:
    """COCO's keypoints of people, where the model is sure of them.

    Args:
        model: ONNX file with outputs ``heatmaps`` ``[1, 17, H, W]`` and ``offsets`` ``[1, 34, H, W]``.
        people: Whom to look at.
        images: Their pictures.
    """
    session = InferenceSession(str(model), providers=['CPUExecutionProvider'])
    source = session.get_inputs()[0]
    found = [_predict(session, source, *person) for person in zip(images, people.places, people.known)]
    places, scores = zip(*found)
    return People(load_skeleton('coco'), np.stack(places), np.stack(scores) > _SURE)


def _predict(session, source, image: Path, joints: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places ``[17, 2]``, image pixels, and scores ``[17]``."""
    size, joints = source.shape[-1], joints[known]
    middle, side = (joints.min(0) + joints.max(0)) / 2, np.ptp(joints, axis=0).max() * _PADDING
    scale = size / side
    warp = np.array([[scale, 0, size / 2 - scale * middle[0]], [0, scale, size / 2 - scale * middle[1]]])
    crop = cv2.warpAffine(read_image(image), warp, (size, size))[..., ::-1].astype(np.float32)  # RGB
    outputs = session.run(['heatmaps', 'offsets'], {source.name: crop.transpose(2, 0, 1)[None]})
    heatmaps, offsets = outputs[0][0], outputs[1][0].reshape(-1, 2, *outputs[0].shape[2:])
    number, width = np.arange(len(heatmaps)), heatmaps.shape[-1]
    y, x = np.divmod(heatmaps.reshape(len(heatmaps), -1).argmax(-1), width)
    cells = np.stack([x + offsets[number, 1, y, x], y + offsets[number, 0, y, x]], -1)
    return (cells * size / width - warp[:, 2]) / scale, heatmaps[number, y, x]
