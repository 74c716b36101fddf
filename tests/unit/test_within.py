from types import SimpleNamespace

import pytest

from tests import within


@pytest.mark.parametrize(('seconds', 'kept'), [(10.0, 4), (6.5, 4), (6.0, 3), (2.0, 2), (0.0, 1)])
def test_the_first_tests_that_fit_are_kept(seconds: float, kept: int) -> None:
    items = [SimpleNamespace(nodeid=name) for name in ('new', 'quick', 'slow', 'slower')]
    took = dict(quick=dict(duration=1.0), slow=dict(duration=2.0), slower=dict(duration=3.5))
    config = SimpleNamespace(
        testmon_data=SimpleNamespace(all_tests=took), getoption=lambda name: seconds, stash=pytest.Stash()
    )
    hook = within.pytest_collection_modifyitems(config, items)
    next(hook)
    with pytest.raises(StopIteration):
        hook.send(None)
    assert [item.nodeid for item in items] == ['new', 'quick', 'slow', 'slower'][:kept]
    lines = []
    within.pytest_terminal_summary(SimpleNamespace(write_line=lines.append), config)
    assert [line.split()[0] for line in lines] == [str(4 - kept)] * (kept < 4)
