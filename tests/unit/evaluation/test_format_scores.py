import math
from dataclasses import replace

import pytest

from unipose.evaluation.dataset_mean import MEAN_NAME
from unipose.evaluation.evaluate import Evaluation
from unipose.evaluation.format_scores import format_evaluation, format_table, format_value

PROTOCOL = dict(
    checkpoint='student.pth',
    checkpoint_sha256='0123456789abcdef',
    ema=True,
    num_keypoints=21,
    skeleton='coco+mpii',
    input_size=[192, 256],
    flip_test=True,
    scales=[1.0],
    dialects=False,
    num_samples=dict(coco=40, mpii=5),
    boxes=dict(coco='detected (boxes.json)', mpii='ground truth'),
    padding=dict(coco=1.25, mpii=0.9375),
)
EVALUATION = Evaluation(
    metrics={
        'coco/AP': 0.6825,
        'coco/AP(M)': math.nan,
        'mpii/PCKh@0.5': 90.66,
        'mpii/PCKh@0.5/Head': 97.0,
        'mpii/PCKh@0.1': 34.8,
        'mpii/PCKh@0.1/Head': 50.0,
        'mpii/mean_error_px': 12.345,
        'mpii/mmpose_compatible/PCK': 90.6,
    },
    per_keypoint=dict(mpii=dict(right_ankle={'PCKh@0.5': 80.0, 'error_px': 3.0})),
    protocol=PROTOCOL,
    keypoint_names=(),
    predictions=[],
)


def test_the_whole_page() -> None:
    assert [line.rstrip() for line in format_evaluation(EVALUATION).splitlines()] == [
        'student.pth (sha256 0123456789ab...), EMA weights',
        "21 keypoints of coco+mpii, input 192x256, flip test as MMPose's",
        '',
        'coco: 40 people, boxes: detected (boxes.json), padding 1.25',
        '       AP  AP(M)',
        '    0.682      -',
        '',
        'mpii: 5 people, boxes: ground truth, padding 0.9375',
        '    mean_error_px',
        '            12.35',
        '            Head  Mean',
        '  PCKh@0.5  97.0  90.7',
        '  PCKh@0.1  50.0  34.8',
        '                      PCK',
        '  mmpose_compatible  90.6',
        '  offset: not measured through a flip test, --tta none does',
        '',
        '  keypoint     PCKh@0.5  error_px',
        '  right_ankle      80.0      3.00',
    ]


def test_what_is_scored_and_the_mean_of_both_datasets() -> None:
    scored = dict(coco='15 of the 17 keypoints of coco; not left_ear, right_ear')
    metrics = EVALUATION.metrics | {MEAN_NAME: 79.45}
    lines = format_evaluation(replace(EVALUATION, metrics=metrics, protocol=dict(PROTOCOL, scored=scored))).splitlines()
    assert lines[4] == '  15 of the 17 keypoints of coco; not left_ear, right_ear'
    assert lines[-2:] == ['', 'coco+mpii: mean of AP and PCKh@0.5 79.5']


def test_without_keypoints() -> None:
    assert 'right_ankle' not in format_evaluation(EVALUATION, per_keypoint=False)


def test_columns_are_aligned() -> None:
    lines = format_table(['', 'AP'], [['student', '0.70'], ['t', '1']])
    assert lines == ['           AP', 'student  0.70', 't           1']


@pytest.mark.parametrize(
    ('name', 'value', 'text'),
    [
        ('AP', 0.74649, '0.746'),
        ('AR(L)', 1.0, '1.000'),
        ('PCK@0.05sqrt(area)', 99.96, '100.0'),
        ('error_px', 0.001, '0.00'),
        ('mean_error_px', math.nan, '-'),
    ],
)
def test_values(name: str, value: float, text: str) -> None:
    assert format_value(name, value) == text
