"""The experiment with a one-stage student: its rows, and its scores."""

from pathlib import Path

import numpy as np
import pytest
from mmpose.registry import DATASETS

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules
from benchmarks.one_stage.rows import ROWS
from benchmarks.one_stage.runs import config_of, held_out
from benchmarks.one_stage.scores import Found, score


@pytest.mark.parametrize('name', ROWS)
def test_rows_take_as_many_steps_in_as_many_stages(name: str) -> None:
    _, sources, is_taught = ROWS[name]
    config = config_of(name, seed=3)
    epochs, [*stages] = config.train_cfg.max_epochs, config.custom_hooks[0].stages
    assert list(config.train_dataloader.dataset.sources) == list(sources)
    assert epochs * len(sources) == 48 and stages == [epochs // 2] and config.param_scheduler[1].T_max == epochs
    assert bool(config.model.teachers) == is_taught and config.randomness.seed == 3


def test_who_is_found_as_annotated_scores_all_and_who_is_not_nothing(synthetic: Path) -> None:
    tested = held_out(config_of('annotations')).test_dataloader.dataset
    for name, source in tested.sources.items():
        source.dataset.data_root = f'{synthetic}/{name}/'
    dataset = DATASETS.build(tested)
    pictures = [dataset.get_data_info(number) for number in range(len(dataset))]
    perfect = [
        Found(one, one['keypoints'], one['bbox'], np.ones(len(one['bbox'])), one['keypoints_visible'])
        for one in pictures
    ]
    nobody = [Found(one, np.zeros((0, 21, 2)), np.zeros((0, 4)), np.zeros(0), np.zeros((0, 21))) for one in pictures]
    for found, expected in ((perfect, 100.0), (nobody, 0.0)):
        groups = score(found, dataset.skeleton)
        assert set(groups) == {'coco', 'shared', 'mpii_only'}
        assert all(value == pytest.approx(expected) for group in groups.values() for value in group.values())
