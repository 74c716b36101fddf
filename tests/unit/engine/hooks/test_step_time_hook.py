from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub

from unipose.engine.hooks import StepTimeHook


def run(hub: MessageHub, laps: list[list[float]], times: tuple[float, ...] = (1.0,), **model) -> None:
    """Steps of one second, of which a quarter waits for data."""
    for done in laps:
        for time in times:
            hub.update_scalars({'train/time': time, 'train/data_time': time / 4})
        held = dict(teachers=dict(coco=None), stopwatch=SimpleNamespace(laps=done.copy)) | model
        StepTimeHook().after_train_iter(SimpleNamespace(model=SimpleNamespace(**held), message_hub=hub), 0)


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> MessageHub:
    return MessageHub.get_instance(request.node.nodeid)


def values(hub: MessageHub, name: str) -> list[float]:
    return hub.get_scalar(f'train/{name}').data[0].tolist()


def test_the_parts_of_a_step_are_its_time(hub: MessageHub) -> None:
    run(hub, [[0.5], [0.25]])
    assert values(hub, 'teachers_time') == [0.5, 0.25] and values(hub, 'student_time') == [0.25, 0.5]


def test_teachers_that_a_gpu_is_not_done_with_are_told_of_later(hub: MessageHub) -> None:
    run(hub, [[], [0.5, 0.25], [2.0]])
    assert values(hub, 'teachers_time') == [0.5, 0.25, 2.0] and values(hub, 'student_time') == [0.25, 0.5, 0.0]


@pytest.mark.parametrize('missing', [dict(teachers={}), dict(times=())], ids=['teachers', 'timer'])
def test_without_teachers_or_timer_nothing_is_said(hub: MessageHub, missing: dict) -> None:
    run(hub, [[0.5]], **missing)
    StepTimeHook().after_train_iter(SimpleNamespace(model=object(), message_hub=hub), 0)
    assert 'train/teachers_time' not in hub.log_scalars and 'train/student_time' not in hub.log_scalars
