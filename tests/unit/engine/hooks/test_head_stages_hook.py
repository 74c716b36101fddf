from types import SimpleNamespace

import pytest
from mmengine.logging import MMLogger
from torch import nn

from unipose.engine.hooks import HeadStagesHook

STAGES = {2: {'proxy': True, 'loss.weight': 5.0}, 4: {'loss.weight': 7.0}}


def head_after(first: int, last: int) -> tuple[SimpleNamespace, int]:
    """The head of a run over these epochs, and how often something was changed."""
    model = nn.Module()
    model.head = nn.Module()
    model.head.proxy, model.head.loss = False, SimpleNamespace(weight=1.0)
    logger, said = MMLogger.get_instance('stages'), []
    hook = HeadStagesHook(STAGES)
    for epoch in range(first, last + 1):
        hook.before_train_epoch(
            SimpleNamespace(model=model, epoch=epoch, logger=SimpleNamespace(info=said.append, parent=logger))
        )
    return model.head, len(said)


def test_what_a_head_does_not_have_is_refused_before_the_first_step() -> None:
    model = nn.Module()
    model.head = nn.Linear(1, 1)
    with pytest.raises(ValueError, match=r"a Linear, has no 'loss\.weight'"):
        HeadStagesHook({99: {'loss.weight': 1.0}}).before_train(SimpleNamespace(model=model))


@pytest.mark.parametrize(
    ('first', 'last', 'proxy', 'weight', 'changes'),
    [(0, 1, False, 1.0, 0), (0, 3, True, 5.0, 2), (0, 9, True, 7.0, 3), (3, 3, True, 5.0, 2), (9, 9, True, 7.0, 2)],
)
def test_what_was_set_before_holds_where_a_run_goes_on(
    first: int, last: int, proxy: bool, weight: float, changes: int
) -> None:
    head, changed = head_after(first, last)
    assert (head.proxy, head.loss.weight, changed) == (proxy, weight, changes)
