"""A Transformers that does not take the installed torch counts as missing."""

import importlib
import importlib.metadata
import sys

import pytest

from unipose.compat import transformers_torch
from unipose.compat.transformers_torch import transformers_wants_a_newer_torch


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    versions = {'torch': '2.4.1+cu121', 'transformers': '5.20.2'}
    monkeypatch.setattr(transformers_torch, 'version', versions.get)
    monkeypatch.setattr(
        importlib.metadata, 'requires', lambda name: ['torchaudio; extra == "all"', 'torch>=2.6; extra']
    )
    monkeypatch.setitem(sys.modules, 'transformers', None)
    del sys.modules['transformers']
    return versions


def test_a_torch_that_is_too_old(installed: dict[str, str]) -> None:
    assert 'wants torch >= 2.6, and 2.4.1+cu121' in transformers_wants_a_newer_torch().cause
    with pytest.raises(ImportError):
        importlib.import_module('transformers')


def test_a_torch_that_it_takes(installed: dict[str, str]) -> None:
    installed['torch'] = '2.6.0'
    assert transformers_wants_a_newer_torch() is None
    assert 'transformers' not in sys.modules


def test_without_transformers(installed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, 'requires', requires)
    assert transformers_wants_a_newer_torch() is None
