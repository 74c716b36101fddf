"""A small annotation file in COCO's format, and what check, training and scoring make of it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.structures import InstanceData
from mmpose.registry import EVALUATORS

from unipose.commands.check import SetSpec, check_sets
from unipose.console.mistakes import error_message
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.files import DamagedImageError
from unipose.skeletons import load_skeleton

COCO = load_skeleton('coco')
SHIFT = 2.0  # pixels, of predictions from labels
PEOPLE = 12
_PIPELINE = [
    dict(type='LoadCheckedImage'),
    dict(type='GetSourceBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=(24, 32)),
    dict(type='PackUnifiedInputs'),
]


def base() -> dict[str, Any]:
    """Twelve pictures of 320x240, one person each."""

    def keypoints(number: int) -> list[float]:
        return [value for j in range(17) for value in (60 + 10 * j + number, 40 + 8 * j, 2)]

    numbers = range(1, PEOPLE + 1)
    return dict(
        images=[dict(id=n, file_name=f'{n}.jpg', width=320, height=240) for n in numbers],
        annotations=[
            dict(
                id=n, image_id=n, category_id=1, bbox=[50, 30, 200, 180], area=36000, iscrowd=0, keypoints=keypoints(n)
            )
            for n in numbers
        ],
        categories=[dict(id=1, name='person', keypoints=list(COCO.published))],
    )


def write_pictures(folder: Path) -> None:
    """The pictures of :func:`base`."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(1, PEOPLE + 1):
        coarse = rng.integers(0, 255, (6, 8, 3), np.uint8)
        cv2.imwrite(str(folder / f'{number}.jpg'), cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC))


def source(file: Path, images: Path, **dataset: Any) -> dict[str, Any]:
    """A source of such a file."""
    people = dict(type='CocoDataset', ann_file=str(file), data_prefix=dict(img=str(images)))
    return dict(skeleton='coco', dataset=people | dataset)


def check(source: dict[str, Any], split: str = 'train') -> dict[str, list[str]]:
    """What is found, by level."""
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        report = check_sets([SetSpec(split, '', source)], workers=1)
    found: dict[str, list[str]] = dict(fault=[], suspicion=[], note=[])
    for one in report.to_dict()['findings']:
        found[one['level']].append(f'{one["kind"]}: {one["where"]}: {one["what"]}')
    return found


def train(source: dict[str, Any]) -> int:
    """Reads every sample as training does; returns how many there are."""
    dataset = UnifiedKeypointDataset(dict(mine=source), pipeline=_PIPELINE, skeleton=source['skeleton'])
    for index in range(len(dataset)):
        dataset[index, 0]
    return len(dataset)


def score(source: dict[str, Any], file: Path | None, kind: str = 'CocoKeypointMetric') -> dict[str, float]:
    """Scores of whoever predicts every label two pixels off, by a metric of this kind that reads this file."""
    skeleton = source['skeleton']
    metric = dict(type=kind, skeleton=skeleton) | ({} if file is None else dict(ann_file=str(file)))
    judge = EVALUATORS.build(dict(type='UnifiedEvaluator', skeleton=skeleton, metrics=dict(mine=metric)))
    dataset = UnifiedKeypointDataset(dict(mine=source), pipeline=_PIPELINE, skeleton=skeleton, test_mode=True)
    for index in range(len(dataset)):
        sample = dataset[index]['data_samples']
        if sample.skipped:  # as unipose.evaluation.evaluate does
            raise DamagedImageError(sample.skipped[0])
        truth = sample.gt_instances
        sample.pred_instances = InstanceData(
            keypoints=np.asarray(truth.keypoints) + np.float32(SHIFT),
            keypoint_scores=np.ones(truth.keypoints.shape[:2], np.float32),
        )
        judge.process([sample])
    return judge.evaluate(len(dataset))


def refused(call: Callable[..., Any], *arguments: Any) -> str:
    """What a call refuses, without the source's name; nothing if it does not."""
    try:
        call(*arguments)
    except (ValueError, FileNotFoundError) as error:  # anything else is a traceback
        return error_message(error).removeprefix("source 'mine': ")
    return ''
