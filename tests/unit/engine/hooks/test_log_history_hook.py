from types import SimpleNamespace

import pytest
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.runner import LogProcessor

from unipose.engine.hooks import LogHistoryHook


@pytest.mark.parametrize(
    ('windows', 'kept'),
    [((), 7), ((20,), 20), (('epoch',), 7), (('global',), 30)],  # the epoch has 7 steps
)
def test_no_more_is_kept_than_is_logged(windows: tuple, kept: int, request: pytest.FixtureRequest) -> None:
    hub = MessageHub.get_instance(request.node.name)
    hub.log_scalars['train/of_an_earlier_run'] = HistoryBuffer([1.0] * 30, [1] * 30)
    custom = [dict(data_src='loss', method_name='mean', window_size=window, log_name='x') for window in windows]
    logged = LogProcessor(window_size=5, custom_cfg=custom)
    runner = SimpleNamespace(log_processor=logged, message_hub=hub, train_dataloader=range(7))
    hook = LogHistoryHook()
    hook.before_train(runner)
    for step in range(30):
        hub.update_scalars({'train/loss': float(step), 'train/of_an_earlier_run': 1.0})
        hook.after_train_iter(runner, step)
    values, _ = hub.get_scalar('train/loss').data
    assert values.tolist() == [float(step) for step in range(30 - kept, 30)]
    assert len(hub.get_scalar('train/of_an_earlier_run').data[0]) == (60 if 'global' in windows else kept)
