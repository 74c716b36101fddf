"""Each version check both ways: it acts where its symptom exists, and is silent elsewhere."""

import os
import sys
import types

import pytest

from unipose import compat
from unipose.compat import pins


class TestVersionsThatWarn:
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
