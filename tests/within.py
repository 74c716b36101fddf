"""Leaves tests that testmon selects for another time, where all of them take too long: `make quick`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

_LEFT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption('--within', type=float, metavar='SECONDS', help='that the tests took together when last run')


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Keeps the first tests, which are the quickest files as testmon sorts them; what is new takes no time."""
    result = yield
    known: dict[str, Any] = config.testmon_data.all_tests
    seconds, kept = config.getoption('within'), 0
    for item in items:
        seconds -= known.get(item.nodeid, {}).get('duration') or 0
        if seconds < 0:
            break
        kept += 1
    config.stash[_LEFT] = len(items) - kept
    items[:] = items[:kept]
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says how many were left."""
    if left := config.stash.get(_LEFT, 0):
        terminalreporter.write_line(f'{left} more tests are touched; `make quick` again runs the next, `make test` all')
