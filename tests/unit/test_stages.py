from mmengine.config import Config

from unipose.stages import pipeline_of_epoch


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
