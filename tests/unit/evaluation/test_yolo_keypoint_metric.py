"""An Ultralytics pose dataset is scored as COCO is, by 0.53 of the boxes' areas."""

import math
from pathlib import Path

import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import EVALUATORS

from tests.evaluation_inputs import sample
from tests.yolo_files import PERSON, SKELETON, dataset
from unipose.evaluation import YoloKeypointMetric
from unipose.skeletons import load_skeleton

FACE = load_skeleton(SKELETON)
BOX = (60.0, 10.0, 140.0, 90.0)
PLACES = np.array([[100.0, 40.0], [110.0, 30.0], [0.0, 0.0]])


def scores(file: Path, shift: float) -> dict[str, float]:
    metric = dict(type='YoloKeypointMetric', skeleton=SKELETON, ann_file=str(file), split='train')
    judge = EVALUATORS.build(dict(type='UnifiedEvaluator', skeleton=SKELETON, metrics=dict(mine=metric)))
    judge.process([sample('mine', 1, PLACES, predicted=PLACES + (shift, 0), visible=np.array([1, 1, 0]), box=BOX)])
    return judge.evaluate(1)


@pytest.mark.parametrize('shift', [0.0, 1.0, 2.0, 3.0])
def test_oks_by_hand(tmp_path: Path, shift: float) -> None:
    area = 0.53 * 80 * 80
    by_hand = np.mean([math.exp(-(shift**2) / (2 * area * (2 * sigma) ** 2)) for sigma in FACE.sigmas[:2]])
    passed = sum(by_hand >= threshold for threshold in np.arange(0.5, 1.0, 0.05))
    assert passed == 10 if shift == 0 else 0 < passed < 10
    found = scores(dataset(tmp_path, dict(a=PERSON)), shift)
    assert found['mine/AP'] == pytest.approx(passed / 10)
    assert found['mine/PCK@0.05sqrt(area)'] == 100.0  # 4 pixels


def test_rows_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'labels/train/a.txt:1: has 2 numbers'):
        YoloKeypointMetric(str(dataset(tmp_path, dict(a='0 0.5'))), 'train')
    with pytest.raises(FileNotFoundError, match='no file .*none.yaml'):
        YoloKeypointMetric(str(tmp_path / 'none.yaml'))


def test_it_names_its_file_in_errors(tmp_path: Path) -> None:
    metric = YoloKeypointMetric(str(dataset(tmp_path, dict(a=PERSON))), 'train')
    metric.dataset_meta = parse_pose_metainfo(FACE.to_metainfo())
    with pytest.raises(ValueError, match=r'image 7 is not in .*data.yaml'):
        metric.process(None, [sample('mine', 1, PLACES, img_id=7).to_dict()])
