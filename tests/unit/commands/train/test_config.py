"""What is asked for beside a config."""

from pathlib import Path

import pytest

from tests.builders import model_config, train_config
from unipose.commands.train import config as config_module


def test_weights_and_biases_is_a_switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = train_config(tmp_path, tmp_path / 'my_run', model_config('coco+mpii', 21))
    config.visualizer = dict(type='Visualizer', vis_backends=[dict(type='LocalVisBackend')])
    monkeypatch.setattr(config_module.importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(ValueError, match='pip install wandb'):
        config_module.use_wandb(config, 'poses')
    monkeypatch.setattr(config_module.importlib.util, 'find_spec', lambda name: object())
    config_module.use_wandb(config, 'poses')
    local, wandb = config.visualizer.vis_backends
    assert (local.type, wandb.type) == ('LocalVisBackend', 'WandbVisBackend')
    assert wandb.init_kwargs == dict(project='poses', name='my_run')
