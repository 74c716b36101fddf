"""torch.compile reads what `torch.cuda.amp.autocast` takes."""

import inspect

import pytest
import torch

from unipose.compat.autocast import dynamo_cannot_read_the_old_autocast


@pytest.fixture
def autocast(monkeypatch: pytest.MonkeyPatch) -> type:
    class Autocast:
        def __init__(self, enabled: bool = True, dtype: torch.dtype = torch.float16) -> None: ...

    monkeypatch.setattr(torch.cuda.amp, 'autocast', Autocast)
    return Autocast


def test_a_hidden_signature_is_shown(autocast: type) -> None:
    autocast.__signature__ = inspect.signature(lambda *args, **kwargs: None)
    assert dynamo_cannot_read_the_old_autocast() is not None
    assert list(inspect.signature(autocast).parameters) == ['enabled', 'dtype']


def test_one_that_is_seen_stays(autocast: type) -> None:
    assert dynamo_cannot_read_the_old_autocast() is None
    assert not hasattr(autocast, '__signature__')


@pytest.mark.filterwarnings('ignore::FutureWarning')
def test_what_mmdetection_does_compiles() -> None:
    @torch.compile(backend='eager', fullgraph=True)
    def double(x: torch.Tensor) -> torch.Tensor:
        with torch.cuda.amp.autocast(enabled=False):
            return x * 2

    assert double(torch.ones(2)).tolist() == [2, 2]
