import math

import numpy as np
import pytest

from tests.evaluation_inputs import sample
from unipose.evaluation import UnifiedEvaluator
from unipose.evaluation.dataset_mean import MEAN_NAME, dataset_mean


def test_the_mean_of_shares_and_percent() -> None:
    assert dataset_mean({'coco/AP': 0.6, 'coco/AR': 0.9, 'mpii/PCKh@0.5': 90.0}) == {MEAN_NAME: 75.0}
    assert math.isnan(dataset_mean({'coco/AP': math.nan, 'mpii/PCKh@0.5': 90.0})[MEAN_NAME])


def test_published_numbers_are_near() -> None:
    # Khan et al. 2024 against the tables of their project's report, which has three digits of AP
    small, tiny = ({'coco/AP': ap, 'mpii/PCKh@0.5': pck} for ap, pck in ((0.686, 84.155), (0.620, 79.952)))
    assert dataset_mean(small)[MEAN_NAME] == pytest.approx(76.40, abs=0.03)
    assert dataset_mean(tiny)[MEAN_NAME] == pytest.approx(70.89, abs=0.1)


def test_nothing_where_one_was_not_scored() -> None:
    assert dataset_mean({'coco/AP': 0.6}) == {}
    assert dataset_mean({'mpii/PCKh@0.5': 90.0}) == {}
    assert dataset_mean({'mpii/PCKh@0.5': 90.0}, {'coco/AP': 0.6}) == {}


def test_detected_people_of_coco_with_mpiis() -> None:
    annotated = {'coco/AP': 0.8, 'mpii/PCKh@0.5': 90.0}
    assert dataset_mean({'coco/AP': 0.7}, annotated) == {MEAN_NAME: 80.0}


def test_the_evaluator_says_it() -> None:
    metrics = {name: dict(type='EPE', skeleton=name) for name in ('coco', 'mpii')}
    evaluator = UnifiedEvaluator(metrics, 'coco+mpii')
    evaluator.process([sample('coco', 0), sample('mpii', 0)])
    assert MEAN_NAME not in evaluator.evaluate(2)
    for source, measure, value in (('coco', 'AP', 0.5), ('mpii', 'PCKh@0.5', np.float64(70.0))):
        metric = evaluator.scorers[source][0].metric
        metric.compute_metrics = lambda results, measure=measure, value=value: {measure: value}
    evaluator.process([sample('coco', 0), sample('mpii', 0)])
    assert evaluator.evaluate(2)[MEAN_NAME] == 60.0
