"""Installed packages are found with and without setuptools' pkg_resources."""

import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import mmengine
import mmpose
import pytest
from mmengine.hub import get_config
from mmengine.utils import package_utils as theirs

from unipose import compat
from unipose.compat import package_utils


@pytest.mark.parametrize(('found', 'acts'), [(None, True), ('80.8.0', False), ('80.9.0', True), ('84.2.1', True)])
def test_it_acts_where_pkg_resources_is_missing_or_warns(
    monkeypatch: pytest.MonkeyPatch, found: str | None, acts: bool
) -> None:
    name = 'is_installed'
    for module in (theirs, mmengine.utils, mmengine.config.config):
        monkeypatch.setattr(module, name, old := theirs.is_installed)
    monkeypatch.setattr(package_utils, 'version', lambda distribution: found)
    monkeypatch.setattr(package_utils, name, new := lambda package: True)
    new.__name__ = name
    assert (package_utils.mmengine_asks_pkg_resources() is not None) is acts
    for module in (theirs, mmengine.utils, mmengine.config.config):
        assert getattr(module, name) is (new if acts else old)


def test_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'of_a_path.py').touch()
    (tmp_path / 'a_namespace').mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert package_utils.is_installed('mmpose') and package_utils.is_installed('mmcv-lite')
    assert package_utils.is_installed('of_a_path')
    assert not package_utils.is_installed('a_namespace') and not package_utils.is_installed('no_such_package')


def test_installed_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'package').mkdir()
    (tmp_path / 'package/__init__.py').touch()
    (tmp_path / 'a_namespace').mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    site = Path(mmpose.__file__).parents[1]
    assert package_utils.get_installed_path('mmpose') == str(site / 'mmpose')
    assert package_utils.get_installed_path('mmcv-lite') == str(site / 'mmcv')  # the module is its top_level.txt's
    assert package_utils.get_installed_path('package') == str(tmp_path / 'package')
    with pytest.raises(RuntimeError, match='a_namespace is a namespace package'):
        package_utils.get_installed_path('a_namespace')
    with pytest.raises(PackageNotFoundError, match='no_such_package'):
        package_utils.get_installed_path('no_such_package')


def test_a_distribution_that_names_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / 'silent-1.0.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: silent\nVersion: 1.0\n')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match='module name of silent is not known'):
        package_utils.get_installed_path('silent')


def test_mmengine_reads_configs_of_mmpose_without_pkg_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    if 'mmengine_asks_pkg_resources' not in {patch.name for patch in compat.active()}:
        pytest.skip('the setuptools that is installed has pkg_resources, and does not warn of it')
    monkeypatch.setitem(sys.modules, 'pkg_resources', None)  # importing it fails
    config = get_config('mmpose::body_2d_keypoint/rtmpose/coco/rtmpose-s_8xb256-420e_coco-256x192.py')
    assert config.model.type == 'TopdownPoseEstimator'
