from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmpose.registry import HOOKS

from unipose.commands.train.stages import order_switches, pipeline_of_epoch


def test_the_pipeline_of_an_epoch_is_that_of_its_stage() -> None:
    def config(*hooks: dict) -> Config:
        dataset = dict(type='UnifiedKeypointDataset', pipeline=[dict(type='first')])
        return Config(dict(train_dataloader=dict(dataset=dataset), custom_hooks=[dict(type='EMAHook'), *hooks]))

    last = dict(type='mmdet.PipelineSwitchHook', switch_epoch=20, switch_pipeline=[dict(type='third')])
    second = dict(type='mmdet.PipelineSwitchHook', switch_epoch=10, switch_pipeline=[dict(type='second')])
    staged = config(last, second)
    seen = {epoch: pipeline_of_epoch(staged, epoch)[0]['type'] for epoch in (0, 9, 10, 19, 20, 99)}
    assert seen == {0: 'first', 9: 'first', 10: 'second', 19: 'second', 20: 'third', 99: 'third'}
    assert pipeline_of_epoch(config(), 5)[0]['type'] == 'first'


@pytest.mark.parametrize(('epoch', 'stage'), [(9, 1), (10, 2), (11, 2), (19, 2), (20, 3), (25, 3)])
def test_a_run_that_is_resumed_is_in_the_stage_of_its_epoch(epoch: int, stage: int) -> None:
    switches = {switch: [dict(type='Resize', scale=(number, number))] for switch, number in ((20, 3), (10, 2))}
    hooks = [dict(type='mmdet.PipelineSwitchHook', switch_epoch=at, switch_pipeline=to) for at, to in switches.items()]
    config = Config(
        dict(train_dataloader=dict(dataset=dict(pipeline=[])), custom_hooks=[hooks[0], dict(type='EMAHook')])
    )
    config.custom_hooks.append(hooks[1])
    order_switches(config)
    assert [hook['type'] for hook in config.custom_hooks] == [hooks[0]['type'], 'EMAHook', hooks[1]['type']]
    loader = SimpleNamespace(dataset=SimpleNamespace(pipeline=None))
    runner = SimpleNamespace(epoch=epoch, train_dataloader=loader, logger=SimpleNamespace(info=lambda message: None))
    for hook in (config.custom_hooks[0], config.custom_hooks[2]):
        HOOKS.build(hook).before_train_epoch(runner)
    found = loader.dataset.pipeline and loader.dataset.pipeline.transforms[0].scale[0] or 1
    assert found == stage
