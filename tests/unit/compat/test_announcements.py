import warnings

import pytest
import torch

from unipose.compat import announcements


@pytest.fixture(autouse=True)
def filters():
    with warnings.catch_warnings():
        warnings.simplefilter('always')
        yield


@pytest.mark.parametrize(('torch', 'acts'), [('2.13.0+cpu', True), ('2.4.0', True), ('2.3.1', False)])
def test_the_old_autocast_is_not_announced_where_torch_would(monkeypatch, torch: str, acts: bool) -> None:
    monkeypatch.setattr(announcements, 'version', lambda name: torch)
    assert (announcements.mmdetection_uses_the_old_autocast() is not None) is acts
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn('`torch.cuda.amp.autocast(args...)` is deprecated.', FutureWarning, stacklevel=1)
        warnings.warn('something else', FutureWarning, stacklevel=1)
    assert len(caught) == 1 + (not acts)


@pytest.mark.parametrize('from_wheel', [True, False])
def test_mmposes_metainfo_is_not_announced_from_a_wheel(monkeypatch, tmp_path, from_wheel: bool) -> None:
    package = tmp_path / 'mmpose'
    (package / '.mim' if from_wheel else package).mkdir(parents=True)
    spec = type('Spec', (), {'origin': str(package / '__init__.py')})
    monkeypatch.setattr(announcements, 'find_spec', lambda name: spec)
    assert (announcements.mmpose_looks_for_metainfo_in_its_wheel() is not None) is from_wheel
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn('The metainfo config file "x" does not exist.', UserWarning, stacklevel=1)
    assert bool(caught) is not from_wheel


def test_defaults_are_not_announced(monkeypatch) -> None:
    monkeypatch.setattr(announcements, 'version', lambda name: '2.13.0')
    assert announcements.openmmlab_leaves_defaults_to_torch() is not None
    grid = torch.zeros(1, 1, 1, 2)
    with warnings.catch_warnings(record=True) as caught:
        torch.meshgrid(torch.arange(2), torch.arange(2))
        torch.nn.functional.grid_sample(torch.zeros(1, 1, 2, 2), grid)
        warnings.warn('something else', UserWarning, stacklevel=1)
    assert len(caught) == 1


def test_nothing_installed_is_nothing_to_drop(monkeypatch) -> None:
    monkeypatch.setattr(announcements, 'version', lambda name: None)
    monkeypatch.setattr(announcements, 'find_spec', lambda name: None)
    assert announcements.mmdetection_uses_the_old_autocast() is None
    assert announcements.mmpose_looks_for_metainfo_in_its_wheel() is None
    assert announcements.openmmlab_leaves_defaults_to_torch() is None
