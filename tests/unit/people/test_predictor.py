from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from unipose.people import Person, Predictor
from unipose.skeletons import load_skeleton

COCO = load_skeleton('coco')
IMAGE = np.zeros((40, 60, 3), np.uint8)


def predict(images: Sequence, boxes: Sequence, scores: Sequence) -> list[list[Person]]:
    """One person per box; all keypoints lie in its corner."""
    return [
        [
            Person(np.tile(np.float32(box[:2]), (17, 1)), np.ones(17, np.float32), box, score, names=COCO.names)
            for box, score in zip([[0, 0, 60, 40]] if of_image is None else of_image, its or [1.0] * 9)
        ]
        for of_image, its in zip(boxes, scores, strict=True)
    ]


def test_of_an_image_and_of_several(tmp_path: Path) -> None:
    predictor = Predictor(predict, COCO)
    cv2.imwrite(str(tmp_path / 'a.png'), IMAGE)
    for image in (IMAGE, tmp_path / 'a.png', str(tmp_path / 'a.png')):
        (person,) = predictor(image)
        assert person['nose'] == (0, 0, 1) and person.bbox == [0, 0, 60, 40]
    first, second = predictor([IMAGE, tmp_path / 'a.png'], [None, [[1, 2, 8, 9], [3, 4, 8, 9]]])
    assert len(first) == 1 and [person['nose'].x for person in second] == [1, 3]
    assert predictor([]) == [] and predictor(IMAGE, []) == []


def test_boxes_that_are_given_are_not_looked_for() -> None:
    predictor = Predictor(predict, COCO, detect=lambda image: ([[5, 6, 7, 8]], [0.5]))
    assert [(person['nose'].x, person.score) for person in predictor(IMAGE)] == [(5, 0.5)]
    assert [(person['nose'].x, person.score) for person in predictor(IMAGE, [[1, 2, 8, 9]])] == [(1, 1.0)]


def test_people_are_drawn_into_a_copy() -> None:
    predictor = Predictor(predict, COCO)
    drawn = predictor.draw(IMAGE, predictor(IMAGE, [[20, 20, 40, 40]]))
    assert drawn.shape == IMAGE.shape and drawn.any() and not IMAGE.any()


def test_mistakes() -> None:
    predictor = Predictor(predict, COCO)
    with pytest.raises(ValueError, match='2 images need as many lists of boxes, or None. Got: 1'):
        predictor([IMAGE, IMAGE], [[[1, 2, 8, 9]]])
    with pytest.raises(ValueError, match='an image must be a file or an array'):
        predictor(np.zeros((4, 4)))
