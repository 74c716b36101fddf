import ctypes
import gc
import platform
import weakref

import numpy as np
import pytest

from unipose.compute.memory import memory_kept, release_memory


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


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='the C library is not glibc')
def test_freed_memory_is_taken_again_without_asking_the_system() -> None:
    resource = pytest.importorskip('resource')

    def pages_asked_for() -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        np.ones(48 << 20, np.uint8)  # 48 MB, 12,288 pages of 4 KB
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    with memory_kept():
        pages_asked_for()
        assert pages_asked_for() < 200


@pytest.mark.parametrize('library', [None, object])
def test_memory_is_given_back_after_a_mistake_whatever_the_c_library(
    monkeypatch: pytest.MonkeyPatch, library: type | None
) -> None:
    asked = []
    if library:
        monkeypatch.setattr(ctypes, 'CDLL', lambda name: library())
    else:
        kept = {'mallopt': lambda option, value: asked.append((option, value)), 'malloc_trim': lambda pad: None}
        monkeypatch.setattr(
            ctypes, 'CDLL', lambda name: type('Library', (), {k: staticmethod(f) for k, f in kept.items()})
        )
    with pytest.raises(KeyError), memory_kept():
        assert asked == ([] if library else [(-4, 0), (-1, -1)])
        raise KeyError
    assert asked[2:] == ([] if library else [(-4, 65536), (-3, 32 << 20), (-1, 64 << 20)])
