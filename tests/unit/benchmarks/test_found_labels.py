import copy
import json
import shutil
from pathlib import Path

import pytest

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules
from benchmarks import found_labels


@pytest.fixture
def annotations(synthetic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    shutil.copytree(synthetic / 'coco/annotations', tmp_path / 'annotations')
    monkeypatch.setattr(found_labels, 'PICTURES', tmp_path)
    return json.loads((tmp_path / 'annotations/person_keypoints_train2017.json').read_text())


def test_annotations_beside_themselves(annotations: dict) -> None:
    people = sum(any(one['keypoints'][2::3]) for one in annotations['annotations'])
    assert found_labels.compared(annotations) == [str(people), '100.0', '100.0', '1.000', '100']


def test_who_is_nobody_and_who_is_missed(annotations: dict) -> None:
    labels = copy.deepcopy(annotations)
    labels['annotations'] = [one for one in labels['annotations'] if any(one['keypoints'][2::3])]
    count = len(labels['annotations'])
    wrong = labels['annotations'][0]
    wrong['keypoints'] = [value + 1000 * (place % 3 == 0) for place, value in enumerate(wrong['keypoints'])]
    share = f'{100 * (count - 1) / count:.1f}'
    assert found_labels.compared(labels)[:3] == [str(count), share, share]
