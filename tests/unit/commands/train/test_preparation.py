"""What happens to a config before the runner is built from it."""

from pathlib import Path

import pytest

from tests.builders import model_config, train_config
from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.train import preparation
from unipose.commands.train.preparation import prepare_training


def test_starts_that_are_missing_are_left_out_and_say_how_to_fetch_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    monkeypatch.setattr(preparation, 'print_log', lambda message, **_: said.append(message))
    config = train_config(tmp_path, tmp_path / 'work', model_config('coco+mpii', 21))
    layers = dict(type='Normal', layer='Linear', std=0.01)
    config.model.backbone.init_cfg = dict(type='Pretrained', checkpoint='teachers/no-backbone.pth')
    config.model.head.init_cfg = [layers, dict(type='Pretrained', checkpoint='teachers/no-teacher.pth')]

    prepare_training(config)

    assert [message.split()[0] for message in said] == ['teachers/no-backbone.pth', 'teachers/no-teacher.pth']
    assert said[0].endswith('with: unipose download --backbones')
    assert said[1].endswith('with: unipose download')
    assert config.model.backbone.init_cfg is None
    assert config.model.head.init_cfg == [layers]


def test_starts_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = train_config(tmp_path, tmp_path / 'work', model_config('coco+mpii', 21))
    config.model.backbone.init_cfg = dict(type='Pretrained', checkpoint='teachers/demo/backbone.pth')
    monkeypatch.chdir(tmp_path)
    prepare_training(config)
    assert config.model.backbone.init_cfg.checkpoint == str(REPOSITORY / 'teachers/demo/backbone.pth')
    monkeypatch.chdir(REPOSITORY)
    config.model.backbone.init_cfg.checkpoint = 'teachers/demo/backbone.pth'
    prepare_training(config)
    assert config.model.backbone.init_cfg.checkpoint == 'teachers/demo/backbone.pth'  # what is dumped fits any machine


@pytest.mark.parametrize(
    ('given', 'taken'),
    [
        ('OptimWrapper', 'FiniteOptimWrapper'),
        (None, 'FiniteOptimWrapper'),
        ('AutocastOptimWrapper', 'AutocastOptimWrapper'),
        ('ApexOptimWrapper', 'ApexOptimWrapper'),
    ],
)
def test_steps_are_finite_whatever_wrapper_of_mmengine_a_config_names(
    tmp_path: Path, given: str | None, taken: str
) -> None:
    config = train_config(tmp_path, tmp_path / 'work', model_config('coco+mpii', 21))
    config.optim_wrapper.pop('type')
    config.optim_wrapper.update(dict(type=given) if given else {}, max_skipped=7)
    prepare_training(config)
    assert config.optim_wrapper.type == taken and config.optim_wrapper.max_skipped == 7
