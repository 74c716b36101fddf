"""pycocotools under the name of xtcocotools, where that works and where it does not."""

import sys
import types

import pytest

from unipose.compat import xtcocotools


class TestXtcocotools:
    NAMES = ('xtcocotools', 'xtcocotools.coco', 'xtcocotools.cocoeval', 'xtcocotools.mask')

    def test_working_one_is_left_alone(self, monkeypatch):
        made = {name: types.ModuleType(name) for name in self.NAMES}
        for name, real in made.items():
            monkeypatch.setitem(sys.modules, name, real)
        assert xtcocotools.xtcocotools_built_for_numpy_1() is None
        assert all(sys.modules[name] is real for name, real in made.items())

    @pytest.mark.parametrize(
        'error',
        [
            ValueError('numpy.dtype size changed, may indicate binary incompatibility'),
            ModuleNotFoundError("No module named 'xtcocotools'"),
        ],
    )
    def test_broken_or_absent(self, monkeypatch, error):
        def fail(name):
            raise error

        for name in self.NAMES:
            monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setattr(xtcocotools.importlib, 'import_module', fail)
        assert str(error) in xtcocotools.xtcocotools_built_for_numpy_1().cause
        from xtcocotools.coco import COCO
        from xtcocotools.cocoeval import COCOeval

        from unipose.compat import oks_evaluation

        assert COCO is oks_evaluation.COCO
        assert COCOeval is oks_evaluation.COCOeval
        assert hasattr(sys.modules['xtcocotools.mask'], 'frPyObjects')

    def test_without_pycocotools(self, monkeypatch):
        def fail(name=None):
            raise ModuleNotFoundError("No module named 'pycocotools'")

        monkeypatch.setattr(xtcocotools.importlib, 'import_module', fail)
        monkeypatch.setattr(xtcocotools, 'stand_in', fail)
        with pytest.raises(ImportError, match='Run: pip install pycocotools'):
            xtcocotools.xtcocotools_built_for_numpy_1()
