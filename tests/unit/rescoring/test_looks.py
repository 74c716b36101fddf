from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.builders import sources
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.rescoring.looks import People


@pytest.fixture(scope='module')
def dataset(synthetic: Path) -> UnifiedKeypointDataset:
    return UnifiedKeypointDataset(dict(coco=sources(synthetic, 'val')['coco']), test_mode=True)


def test_boxes_of_people(dataset: UnifiedKeypointDataset) -> None:
    truth = np.concatenate([dataset.get_data_info(index)['bbox'] for index in range(len(dataset))])
    looks = People(dataset).looks()
    assert [look.index for look in looks] == list(range(len(dataset))) and not any(look.nobody for look in looks)
    np.testing.assert_array_equal([look.box for look in looks], truth)
    looks = People(dataset).looks(jitter=0.05, views=3)
    assert [look.index for look in looks] == 3 * list(range(len(dataset)))
    assert np.unique([look.box for look in looks], axis=0).shape == (3 * len(dataset), 4)
    again, other = (People(dataset, seed).looks(jitter=0.05, views=3) for seed in (0, 1))
    assert (looks[0].box == again[0].box).all() and (looks[0].box != other[0].box).any()


def test_nobody_is_where_boxes_say_so(dataset: UnifiedKeypointDataset) -> None:
    looks = [look for look in People(dataset).looks(nobody=5) if look.nobody]
    assert len(dataset) < len(looks) <= 5 * len(dataset)
    people = [dataset.get_data_info(index) for index in range(len(dataset))]
    for look in looks:
        path = people[look.index]['img_path']
        left, top, right, bottom = look.box
        height, width = cv2.imread(path).shape[:2]
        assert 0 <= left < right <= width + 1e-3 and 0 <= top < bottom <= height + 1e-3
        for person in (person['bbox'][0] for person in people if person['img_path'] == path):
            shared = (np.minimum(look.box[2:], person[2:]) - np.maximum(look.box[:2], person[:2])).clip(0).prod()
            areas = [(box[2:] - box[:2]).prod() for box in (look.box, person)]
            assert shared <= 0.1 * min(areas) + 1e-3
