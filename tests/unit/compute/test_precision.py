import pytest
import torch

from unipose.compute import precision


@pytest.mark.parametrize(
    ('name', 'fast', 'expected'),
    [
        ('auto', True, torch.bfloat16),
        ('auto', False, torch.float32),
        ('fp32', True, torch.float32),
        ('bf16', False, torch.bfloat16),
    ],
)
def test_names_and_machines(monkeypatch: pytest.MonkeyPatch, name: str, fast: bool, expected: torch.dtype) -> None:
    monkeypatch.setattr(precision, 'has_fast_bf16', lambda device: fast)
    assert precision.resolve_precision(name, 'cpu') is expected


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match='fp32.*Got: .half'):
        precision.resolve_precision('half', 'cpu')


def test_a_machine_says_what_it_has() -> None:
    assert precision.has_fast_bf16('cpu') in (True, False)
    assert precision.has_fast_bf16('meta') is False
