from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.builders import sources
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.rescoring.boxes import People


@pytest.fixture(scope='module')
def dataset(synthetic: Path) -> UnifiedKeypointDataset:
    return UnifiedKeypointDataset(dict(coco=sources(synthetic, 'val')['coco']), test_mode=True)


def test_boxes_of_people(dataset: UnifiedKeypointDataset) -> None:
    truth = np.concatenate([dataset.get_data_info(index)['bbox'] for index in range(len(dataset))])
    boxes = People(dataset).boxes()
    assert [box.index for box in boxes] == list(range(len(dataset))) and not any(box.background for box in boxes)
    np.testing.assert_array_equal([box.xyxy for box in boxes], truth)
    boxes = People(dataset).boxes(jitter=0.05, per_person=3)
    assert [box.index for box in boxes] == 3 * list(range(len(dataset)))
    assert np.unique([box.xyxy for box in boxes], axis=0).shape == (3 * len(dataset), 4)
    again, other = (People(dataset, seed).boxes(jitter=0.05, per_person=3) for seed in (0, 1))
    assert (boxes[0].xyxy == again[0].xyxy).all() and (boxes[0].xyxy != other[0].xyxy).any()


def test_nobody_is_in_boxes_of_background(dataset: UnifiedKeypointDataset) -> None:
    boxes = [box for box in People(dataset).boxes(background=5) if box.background]
    assert len(dataset) < len(boxes) <= 5 * len(dataset)
    people = [dataset.get_data_info(index) for index in range(len(dataset))]
    for box in boxes:
        path = people[box.index]['img_path']
        left, top, right, bottom = box.xyxy
        height, width = cv2.imread(path).shape[:2]
        assert 0 <= left < right <= width + 1e-3 and 0 <= top < bottom <= height + 1e-3
        for person in (person['bbox'][0] for person in people if person['img_path'] == path):
            shared = (np.minimum(box.xyxy[2:], person[2:]) - np.maximum(box.xyxy[:2], person[:2])).clip(0).prod()
            areas = [(xyxy[2:] - xyxy[:2]).prod() for xyxy in (box.xyxy, person)]
            assert shared <= 0.1 * min(areas) + 1e-3
