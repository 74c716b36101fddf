"""What labelled keypoints of an annotation file weigh in training, by what the file says of each."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from unipose.files import read_json


def keypoint_weights(file: str | Path, key: str, number: int) -> dict[int | str, np.ndarray]:
    """Weights of people's keypoints, by the ids of annotations.

    Args:
        file: A COCO-style file.
        key: What its annotations call them.
        number: Of keypoints, K.

    Returns:
        ``[K]`` each, float32.

    Raises:
        ValueError: If an annotation has none, or something else.
    """
    found = {}
    for annotation in read_json(file)['annotations']:
        given = annotation.get(key)
        weights = np.array(given if isinstance(given, list) else [], np.float32)
        if weights.shape != (number,) or not ((weights >= 0) & (weights <= 1)).all():
            raise ValueError(
                f'{file}: annotation {annotation.get("id")} has {str(given):.60} as {key!r}; expected are weights of '
                f'its {number} keypoints, 0 to 1, as `unipose label` writes them. Or leave out weights={key!r}'
            )
        found[annotation['id']] = weights
    return found
