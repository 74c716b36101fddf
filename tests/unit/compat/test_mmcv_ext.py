"""The stand-in for mmcv._ext, where that is and where it is not; its nms."""

import importlib.util
import sys
import types

import numpy as np
import pytest
import torch

from unipose import compat
from unipose.compat import mmcv_ext
from unipose.compat.torchvision_name import torchvision_operator

compat.apply()


class TestMmcvExt:
    NAME = mmcv_ext.MODULE

    def test_compiled_module_is_left_alone(self, monkeypatch):
        real = types.ModuleType(self.NAME)
        monkeypatch.setitem(sys.modules, self.NAME, real)
        assert mmcv_ext.mmcv_without_compiled_ops() is None
        assert sys.modules[self.NAME] is real

    def test_absent(self, monkeypatch):
        real_import = mmcv_ext.importlib.import_module

        def fail(name):
            if name == self.NAME:
                raise ModuleNotFoundError(f'No module named {name!r}', name=name)
            return real_import(name)

        monkeypatch.setattr(mmcv_ext.importlib, 'import_module', fail)
        monkeypatch.setitem(sys.modules, self.NAME, None)
        monkeypatch.setattr(sys.modules['mmcv'], '_ext', None, raising=False)
        assert mmcv_ext.mmcv_without_compiled_ops() is not None
        assert sys.modules[self.NAME].nms is mmcv_ext.nms

    def test_compiled_for_another_torch(self, monkeypatch):
        def fail(name):
            raise ImportError('undefined symbol: _ZN3c106detail')

        monkeypatch.setattr(mmcv_ext.importlib, 'import_module', fail)
        with pytest.raises(ImportError, match='undefined symbol.*pip uninstall -y mmcv'):
            mmcv_ext.mmcv_without_compiled_ops()

    def test_mmengine_finds_the_stand_in(self, monkeypatch):
        monkeypatch.setitem(sys.modules, self.NAME, mmcv_ext.stand_in())
        found = importlib.util.find_spec(self.NAME)
        assert found.name == self.NAME

    def test_other_operators_say_what_they_need(self):
        stand_in = mmcv_ext.stand_in()
        assert hasattr(stand_in, 'roi_align_forward')  # mmcv's loader asks for every name
        with pytest.raises(NotImplementedError, match="'roi_align_forward' needs mmcv with its compiled module"):
            stand_in.roi_align_forward(1, a=2)
        assert not hasattr(stand_in, '__path__')

    def test_nms_by_hand(self):
        # Areas 100; the second box overlaps the first by 80: IoU 80 / 120 = 2/3. The third is elsewhere.
        boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [2.0, 0.0, 12.0, 10.0], [50.0, 0.0, 60.0, 10.0]])
        scores = torch.tensor([0.5, 0.9, 0.7])
        assert mmcv_ext.nms(boxes, scores, 0.66).tolist() == [1, 2]
        assert mmcv_ext.nms(boxes, scores, 0.67).tolist() == [1, 2, 0]
        # With offset 1 sides are 11 and the overlap 9 x 11: IoU 99 / 143 = 0.692.
        assert mmcv_ext.nms(boxes, scores, 0.69, offset=1).tolist() == [1, 2]
        assert mmcv_ext.nms(boxes, scores, 0.70, offset=1).tolist() == [1, 2, 0]

    def test_nms_without_boxes(self):
        kept = mmcv_ext.nms(torch.zeros(0, 4), torch.zeros(0), 0.5)
        assert kept.shape == (0,)
        assert kept.dtype == torch.int64

    def test_nms_against_the_definition(self):
        generator = torch.Generator().manual_seed(0)
        corner = torch.rand(60, 2, generator=generator) * 40
        boxes = torch.cat([corner, corner + 5 + torch.rand(60, 2, generator=generator) * 30], dim=1)
        scores = torch.rand(60, generator=generator)

        def iou(a, b):
            low, high = torch.maximum(a[:2], b[:2]), torch.minimum(a[2:], b[2:])
            overlap = (high - low).clamp(min=0).prod()
            return overlap / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - overlap)

        kept = []
        for index in scores.argsort(descending=True).tolist():
            if all(iou(boxes[index], boxes[other]) <= 0.4 for other in kept):
                kept.append(index)
        assert 5 < len(kept) < 60
        assert mmcv_ext.nms(boxes, scores, 0.4).tolist() == kept

    def test_nms_is_torchvisions_where_that_imports(self, monkeypatch):
        ops = types.ModuleType('torchvision.ops')
        ops.nms = lambda boxes, scores, threshold: 'from torchvision'
        monkeypatch.setitem(sys.modules, 'torchvision', types.ModuleType('torchvision'))
        monkeypatch.setitem(sys.modules, 'torchvision.ops', ops)
        torchvision_operator.cache_clear()
        try:
            assert mmcv_ext.nms(torch.zeros(1, 4), torch.zeros(1), 0.5) == 'from torchvision'
            assert mmcv_ext.nms(torch.zeros(1, 4), torch.zeros(1), 0.5, offset=1).tolist() == [0]
        finally:
            torchvision_operator.cache_clear()

    def test_mmcvs_own_functions_run_on_it(self):
        import mmcv.ops

        boxes = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [50, 0, 60, 10]], dtype=np.float32)
        scores = np.array([0.5, 0.9, 0.7], dtype=np.float32)
        kept, indices = mmcv.ops.nms(boxes, scores, 0.5)
        assert indices.tolist() == [1, 2]
        np.testing.assert_allclose(kept[:, 4], [0.9, 0.7])
        config = dict(type='nms', iou_threshold=0.5)
        _, indices = mmcv.ops.batched_nms(
            torch.from_numpy(boxes), torch.from_numpy(scores), torch.tensor([0, 1, 0]), config
        )
        assert indices.tolist() == [1, 2, 0]
