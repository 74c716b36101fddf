"""Each version check both ways: it acts where its symptom exists, and is silent elsewhere."""

import os
import sys
import types
import warnings

import pytest

from unipose import compat
from unipose.compat import pins


class TestPkgResources:
    def test_present(self):
        assert pins.setuptools_dropped_pkg_resources() is None

    def test_absent(self, monkeypatch):
        monkeypatch.setattr(pins.importlib.util, 'find_spec', lambda name: None)
        monkeypatch.setattr(pins, 'version', lambda name: '81.0.0')
        with pytest.raises(ImportError, match=r'setuptools 81\.0\.0 .* pip install "setuptools<81"'):
            pins.setuptools_dropped_pkg_resources()

    @pytest.mark.parametrize(('found', 'acts'), [('80.10.2', True), ('80.8.0', False), ('81.0', False), (None, False)])
    def test_warning_is_dropped_only_where_it_is_given(self, monkeypatch, found, acts):
        monkeypatch.setattr(pins, 'version', lambda name: found)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            assert (pins.setuptools_announces_the_end_of_pkg_resources() is not None) is acts
            warnings.warn('pkg_resources is deprecated as an API. See ...', UserWarning, stacklevel=1)
            warnings.warn('something else', UserWarning, stacklevel=1)
        assert len(caught) == (1 if acts else 2)


class TestVersionsThatWarn:
    @pytest.mark.parametrize('found', ['2.4.0', '2.4.6', '2.10.1', '3.0.0rc1'])
    def test_numpy_too_new(self, monkeypatch, found):
        monkeypatch.setattr(pins, 'version', lambda name: found)
        with pytest.warns(compat.CompatWarning, match='numpy .* Run: pip install "numpy>=2,<2.4"'):
            pins.numpy_refuses_size_one_arrays()

    @pytest.mark.parametrize('found', ['1.26.4', '2.0.0', '2.3.5'])
    def test_numpy_fine(self, monkeypatch, found, recwarn):
        monkeypatch.setattr(pins, 'version', lambda name: found)
        pins.numpy_refuses_size_one_arrays()
        assert not recwarn.list

    def test_albumentations_too_new(self, monkeypatch):
        monkeypatch.setattr(pins, 'version', lambda name: '2.0.8')
        with pytest.warns(compat.CompatWarning, match='albumentations 2.0.8.* Run: pip install albumentations==1.4.24'):
            pins.albumentations_2_moved_its_transforms()

    @pytest.mark.parametrize('found', ['1.4.24', None])
    def test_albumentations_fine(self, monkeypatch, found, recwarn):
        monkeypatch.setattr(pins, 'version', lambda name: found)
        pins.albumentations_2_moved_its_transforms()
        assert not recwarn.list


class TestAlbumentationsAsksTheNetwork:
    KEY = 'NO_ALBUMENTATIONS_UPDATE'

    @pytest.fixture(autouse=True)
    def _not_imported(self, monkeypatch):
        monkeypatch.delitem(sys.modules, 'albumentations', raising=False)
        # Set before it is deleted, so that monkeypatch restores it whatever the test does.
        monkeypatch.setenv(self.KEY, '1')
        monkeypatch.delenv(self.KEY)

    def test_switched_off(self):
        assert pins.albumentations_asks_the_network() is not None
        assert os.environ[self.KEY] == '1'

    def test_the_users_own_choice_stays(self, monkeypatch):
        monkeypatch.setenv(self.KEY, '0')
        assert pins.albumentations_asks_the_network() is None
        assert os.environ[self.KEY] == '0'

    def test_not_installed(self, monkeypatch):
        monkeypatch.setattr(pins, 'version', lambda name: None)
        assert pins.albumentations_asks_the_network() is None
        assert self.KEY not in os.environ

    def test_already_imported(self, monkeypatch):
        monkeypatch.setitem(sys.modules, 'albumentations', types.ModuleType('albumentations'))
        assert pins.albumentations_asks_the_network() is None
        assert self.KEY not in os.environ


class TestMmdetRefusesMmcv:
    def test_accepted(self):
        assert pins.mmdet_refuses_mmcv() is None

    def test_refused(self, monkeypatch):
        def refuse(name):
            raise AssertionError('MMCV==2.2.0 is used but incompatible. Please install mmcv>=2.0.0rc4, <2.2.0.')

        monkeypatch.setattr(pins.importlib, 'import_module', refuse)
        with pytest.raises(ImportError, match=r'MMCV==2\.2\.0 .* pip install --no-deps mmcv-lite==2\.1\.0'):
            pins.mmdet_refuses_mmcv()
