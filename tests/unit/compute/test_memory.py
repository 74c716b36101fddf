import ctypes
import gc
import weakref

import pytest

from unipose.compute.memory import release_memory


class Node:
    def __init__(self) -> None:
        self.itself = self


@pytest.mark.parametrize('library', [None, object])
def test_garbage_goes_whatever_the_c_library(monkeypatch: pytest.MonkeyPatch, library: type | None) -> None:
    if library:
        monkeypatch.setattr(ctypes, 'CDLL', lambda name: library())
    gc.disable()
    try:
        node = weakref.ref(Node())
        assert node()
        release_memory()
        assert not node()
    finally:
        gc.enable()
