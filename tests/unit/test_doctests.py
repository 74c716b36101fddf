"""The examples in docstrings are true."""

import doctest
import importlib
from pathlib import Path

import pytest

import unipose

PACKAGE = Path(unipose.__file__).parent
MODULES = [
    '.'.join(path.relative_to(PACKAGE.parent).with_suffix('').parts)
    for path in sorted(PACKAGE.rglob('*.py'))
    if '>>> ' in path.read_text()
]


@pytest.mark.parametrize('name', MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    result = doctest.testmod(module, extraglobs=vars(module))
    assert result.attempted and not result.failed
