import pytest

from unipose.console.progress import ProgressBar, watched


def seen_of(**options: object) -> list[tuple[int, int, str]]:
    seen = []
    with watched(lambda bar: seen.append((bar.done, bar.total, bar.unit))):
        with ProgressBar(total=5, unit='view', **options) as bar:
            bar.update(2)
            bar.update(3)
        assert list(ProgressBar('ab', total=2, unit='person', **options)) == ['a', 'b']
    return seen


@pytest.mark.parametrize('disable', [False, True])
def test_a_watcher_is_told_of_all_that_is_done_shown_or_not(disable: bool) -> None:
    views, persons = [(0, 5, 'view'), (2, 5, 'view'), (5, 5, 'view')], [(n, 2, 'person') for n in range(3)]
    assert seen_of(disable=disable) == views + persons


def test_nobody_is_told_afterwards() -> None:
    seen = []
    with watched(seen.append):
        pass
    ProgressBar(total=1, disable=True).update()
    assert not seen
