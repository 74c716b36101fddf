"""The page of models: its rows are measured, say what MMPose publishes, and are all there."""

from pathlib import Path

import pytest

from benchmarks.sources.measure import measure
from benchmarks.sources.models import MODELS, SourceModel
from benchmarks.sources.table import tables

REPOSITORY = Path(__file__).resolve().parents[3]
FOUND = dict(
    kind='heatmaps',
    input_size=[192, 256],
    params=63.6e6,
    flops=15.77e9,
    ms=dict(fp32=125.0),
    machine='a CPU, 2 threads',
    load=0.1,
)


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)


def test_scores_are_those_of_the_config_that_is_inherited() -> None:
    scores = {model.title: model.score().score for model in MODELS}
    assert scores['HRNet-w48'] == '75.6 AP' and scores['RTMPose-m'] == '74.6 AP'
    assert scores['Hourglass, one stack'] == '88.9 PCKh@0.5'
    assert scores['HRNet-w48, UDP + PSA'] == '78.9 AP'  # not MMPose's of the HRNet that it inherits
    assert all(model.score().source.startswith('[MMPose](https://') for model in MODELS if not model.published)
    student = SourceModel('a student', 'configs/demo/distill.py')
    assert student.score() is None and student.weights() == 'none are published'
    named = SourceModel(
        'another', student.config, zoo='body_2d_keypoint/dekr/coco/dekr_hrnet-w48_8xb10-140e_coco-640x640'
    )
    assert named.score().score == '71.4 AP' and named.weights().startswith('[MMPose](https://')


def test_every_model_has_a_row_in_both_tables() -> None:
    text = tables(MODELS, {model.title: FOUND for model in MODELS})
    assert text.startswith('One person in a frame of 1280x720 on a CPU, 2 threads.\n')
    for model in MODELS:
        assert text.count(f'| {model.title} |') == 2
    assert '| HRNet-w48 | 192x256 | 63.6 | 15.77 | 8.0 | - | 75.6 AP, [MMPose](' in text
    assert 'unipose download hrnet-w48_coco-256x192' in text and 'none are published' in text


def test_other_work_is_told() -> None:
    measured = {model.title: FOUND for model in MODELS} | {'HRNet-w48': dict(FOUND, load=2.13)}
    assert 'Other work ran beside it (2.1 cores busy)' in tables(MODELS, measured)


def test_what_was_not_measured_is_named() -> None:
    with pytest.raises(ValueError, match=r"\['HRNet-w32'.*were not measured yet; python benchmarks/models.py"):
        tables([model for model in MODELS if 'HRNet' in model.title], {})


def test_people_are_measured() -> None:
    found = measure('configs/demo/teacher_coco.py', repeats=1)
    assert found['kind'] == 'simcc' and found['input_size'] == (96, 128) and found['ms']['fp32'] > 0
    assert found['params'] / 1e6 == pytest.approx(0.54, abs=0.01)


def test_the_page_has_the_models() -> None:
    page = (REPOSITORY / 'docs/models.md').read_text()
    for model in MODELS:
        assert page.count(f'| {model.title} |') == 2
