"""Progress is told with tqdm and without it."""

import sys

import pytest

from unipose.media import progress
from unipose.media.progress import Progress


@pytest.mark.parametrize('with_bar', [True, False])
def test_it_counts_and_writes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, with_bar: bool) -> None:
    monkeypatch.setattr(progress, '_SECONDS', -1.0)
    if not with_bar:
        monkeypatch.setitem(sys.modules, 'tqdm', None)
    with Progress(3, 'frame') as counted:
        counted.update(2)
        counted.write('one is odd')
    printed = capsys.readouterr()
    assert printed.out == '' and 'one is odd' in printed.err
    assert counted.done == 2 and counted.rate > 0
    assert ('2 of 3 frames' in printed.err) is not with_bar
