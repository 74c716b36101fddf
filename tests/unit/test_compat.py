"""Each patch both ways: where its symptom exists it acts, where it does not it leaves things alone."""

import io
import json
import os
import pickle
import subprocess
import sys
import types
import warnings

import numpy as np
import pytest
import torch

from unipose import compat
from unipose.compat import mmcv_ext, pins, required, safe_globals, torchvision_name, xtcocotools

compat.apply()


def module(name, **members):
    made = types.ModuleType(name)
    made.__spec__ = types.SimpleNamespace(name=name, origin='test')
    vars(made).update(members)
    return made


def run(code, **environment):
    """Run code in a fresh interpreter; returns the finished process."""
    return subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, env={**os.environ, **environment}, timeout=120
    )


class TestApply:
    def test_is_idempotent(self):
        assert compat.apply() == compat.apply() == compat.active()

    def test_names_each_patch_by_its_function(self):
        names = {step.__name__ for step in compat.IN_ORDER}
        for patch in compat.active():
            assert patch.name in names
            assert patch.cause

    def test_every_step_names_symptom_and_cause(self):
        for step in compat.IN_ORDER:
            assert 'Symptom: ' in step.__doc__, step.__name__
            assert 'Cause: ' in step.__doc__, step.__name__

    def test_caller_cannot_change_the_list(self):
        compat.active().clear()
        assert compat.active() == compat.apply()


class TestRequiredPackages:
    def test_complete(self):
        assert required.install_commands() == []
        assert required.required_packages_are_missing() is None

    def test_names_every_command_at_once(self, monkeypatch):
        absent = {'torch', 'munkres', 'numpy', 'mmpose', 'mmcv'}
        monkeypatch.setattr(required, 'is_installed', lambda name: name not in absent)
        with pytest.raises(ImportError) as error:
            required.required_packages_are_missing()
        assert str(error.value).endswith(
            'pip install torch && pip install "numpy>=1.24,<2.4" munkres && '
            'pip install --no-deps mmcv-lite==2.1.0 mmpose==1.3.2'
        )

    def test_a_module_without_spec_is_installed(self, monkeypatch):
        monkeypatch.setitem(sys.modules, 'made_by_hand', types.ModuleType('made_by_hand'))
        assert required.is_installed('made_by_hand')
        assert not required.is_installed('no_such_module_anywhere')

    def test_pins_are_those_of_the_requirements(self, request):
        folder = request.config.rootpath / 'requirements'
        lines = (folder / 'openmmlab.txt').read_text().splitlines()
        assert sorted(line for line in lines if not line.startswith('#')) == sorted(required.OPENMMLAB.values())
        base = {line.partition('==')[0] for line in (folder / 'base.txt').read_text().splitlines() if '==' in line}
        wanted = {name.partition('==')[0].partition('>')[0].partition('<')[0] for name in required.ORDINARY.values()}
        assert wanted <= base


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
        monkeypatch.setitem(sys.modules, 'albumentations', module('albumentations'))
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


class TestTorchvision:
    NAME = torchvision_name.MODULE

    def test_present_is_left_alone(self, monkeypatch):
        real = module(self.NAME, ToPILImage=object)
        monkeypatch.setitem(sys.modules, self.NAME, real)
        assert torchvision_name.torchvision_cannot_be_imported() is None
        assert sys.modules[self.NAME] is real

    @pytest.mark.parametrize(
        'error',
        [
            RuntimeError('operator torchvision::nms does not exist'),
            ModuleNotFoundError("No module named 'torchvision'"),
        ],
    )
    def test_broken_or_absent(self, monkeypatch, error):
        def fail(name):
            raise error

        monkeypatch.setitem(sys.modules, self.NAME, None)
        monkeypatch.setattr(torchvision_name.importlib, 'import_module', fail)
        patch = torchvision_name.torchvision_cannot_be_imported()
        assert str(error) in patch.cause
        assert sys.modules[self.NAME].ToPILImage is torchvision_name.ToPILImage

    def test_nobody_is_led_to_believe_that_torchvision_is_there(self):
        code = (
            'import sys; sys.modules["torchvision"] = None\n'
            'from unipose.compat import torchvision_name\n'
            'torchvision_name.torchvision_cannot_be_imported()\n'
            'from torchvision.transforms import ToPILImage\n'
            'try: import torchvision\n'
            'except ImportError: print("still absent")\n'
            'try: from torchvision.transforms import Resize\n'
            'except ImportError: print("one name only")\n'
        )
        assert run(code).stdout.split('\n')[:2] == ['still absent', 'one name only']

    def test_stand_in_converts_as_torchvision_does(self):
        convert = torchvision_name.ToPILImage()
        picture = torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1).expand(3, 4, 6)  # [C, H, W]
        assert convert(picture).size == (6, 4)
        assert convert(picture).getpixel((0, 0)) == (0, 127, 255)
        assert convert(picture[:1]).mode == 'L'
        assert convert(np.zeros((4, 6, 3), np.uint8)).size == (6, 4)


class TestMmcvExt:
    NAME = mmcv_ext.MODULE

    def test_compiled_module_is_left_alone(self, monkeypatch):
        real = module(self.NAME)
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
        found = __import__('importlib').util.find_spec(self.NAME)
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
        ops = module('torchvision.ops', nms=lambda boxes, scores, threshold: 'from torchvision')
        monkeypatch.setitem(sys.modules, 'torchvision', module('torchvision', ops=ops))
        monkeypatch.setitem(sys.modules, 'torchvision.ops', ops)
        mmcv_ext._torchvision_nms.cache_clear()
        try:
            assert mmcv_ext.nms(torch.zeros(1, 4), torch.zeros(1), 0.5) == 'from torchvision'
            assert mmcv_ext.nms(torch.zeros(1, 4), torch.zeros(1), 0.5, offset=1).tolist() == [0]
        finally:
            mmcv_ext._torchvision_nms.cache_clear()

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


class TestXtcocotools:
    NAMES = ('xtcocotools', 'xtcocotools.coco', 'xtcocotools.cocoeval', 'xtcocotools.mask')

    def test_working_one_is_left_alone(self, monkeypatch):
        made = {name: module(name) for name in self.NAMES}
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


class TestSafeGlobals:
    def test_torch_without_the_list_is_left_alone(self, monkeypatch):
        monkeypatch.delattr(torch.serialization, 'add_safe_globals')
        assert safe_globals.torch_loads_weights_only() is None

    def test_torch_with_the_list(self, monkeypatch):
        added = []
        monkeypatch.setattr(torch.serialization, 'add_safe_globals', added.extend)
        assert safe_globals.torch_loads_weights_only() is not None
        assert {f'{item.__module__}.{item.__qualname__}' for item in added} >= {
            'mmengine.logging.history_buffer.HistoryBuffer',
            'numpy.core.multiarray._reconstruct',
            'numpy._core.multiarray._reconstruct',
        }

    def test_without_the_patch_it_does_not_load(self, tmp_path):
        path = tmp_path / 'checkpoint.pth'
        torch.save(checkpoint(), path)
        code = f'import torch; torch.load({str(path)!r}, weights_only=True)'
        assert 'Weights only load failed' in run(code).stderr
        assert run(f'from unipose.compat.safe_globals import *; torch_loads_weights_only(); {code}').returncode == 0

    def test_what_a_checkpoint_holds_survives(self):
        stored = io.BytesIO()
        torch.save(checkpoint(), stored)
        stored.seek(0)
        loaded = torch.load(stored, weights_only=True)
        buffer = loaded['message_hub']['log_scalars']['train/loss']
        assert buffer.mean() == 2
        assert buffer.statistics('max') == 3
        np.testing.assert_array_equal(loaded['meta']['sigmas'], np.array([0.026, 0.025], np.float32))
        assert loaded['message_hub']['best_score'] == 0.7

    @pytest.mark.parametrize('package', ['numpy.core', 'numpy._core'])
    def test_both_names_of_numpys_functions(self, package):
        # numpy 1 and 2 write these names; what is stored here goes by the one of the installed numpy.
        stored = pickle.dumps(np.float64(0.5), protocol=2)
        renamed = stored.replace(b'numpy._core.multiarray', package.encode() + b'.multiarray')
        renamed = renamed.replace(b'numpy.core.multiarray', package.encode() + b'.multiarray')
        assert package.encode() in renamed
        assert load_pickle(renamed) == 0.5

    def test_code_is_refused(self):
        class Malicious:
            def __reduce__(self):
                return os.system, ('true',)

        stored = io.BytesIO()
        torch.save({'state_dict': Malicious()}, stored)
        stored.seek(0)
        with pytest.raises(pickle.UnpicklingError):
            torch.load(stored, weights_only=True)

    @pytest.mark.parametrize('name', ['__init__', '__class__', 'update'])
    def test_getattr_reaches_nothing_but_statistics(self, name):
        from mmengine.logging import HistoryBuffer

        class Asks:
            def __reduce__(self):
                return getattr, (HistoryBuffer, name)

        with pytest.raises(pickle.UnpicklingError, match=f'asks for attribute .{name}.'):
            load_pickle(pickle.dumps(Asks(), protocol=2))

    def test_runner_resumes(self, tmp_path):
        """A real MMEngine run, with EMA, an optimizer with state and metainfo, resumes from its own checkpoint."""
        first = runner(tmp_path, epochs=1)
        first.train()
        second = runner(tmp_path, epochs=2, resume=True)
        second.train()
        assert second.epoch == 2
        assert (tmp_path / 'epoch_2.pth').exists()
        loaded = torch.load(tmp_path / 'epoch_2.pth', weights_only=True)
        assert {'state_dict', 'ema_state_dict', 'optimizer', 'message_hub', 'param_schedulers'} <= loaded.keys()
        assert len(loaded['optimizer']['state']) == 2  # weight and bias
        assert loaded['meta']['dataset_meta']['sigmas'].tolist() == [0.5, 0.25]


def checkpoint():
    from mmengine.logging import HistoryBuffer

    return {
        'meta': {'sigmas': np.array([0.026, 0.025], np.float32), 'colors': np.zeros((2, 3), np.uint8)},
        'message_hub': {
            'log_scalars': {'train/loss': HistoryBuffer([1.0, 3.0], [1, 1])},
            'best_score': np.float64(0.7),
        },
        'state_dict': {'weight': torch.zeros(2)},
    }


def load_pickle(content):
    """Read a pickle as torch reads the one inside a checkpoint."""
    from torch import _weights_only_unpickler

    return _weights_only_unpickler.load(io.BytesIO(content))


def runner(work_dir, epochs, resume=False):
    from mmengine.model import BaseModel
    from mmengine.runner import Runner
    from torch.utils.data import DataLoader, Dataset

    class Line(BaseModel):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def forward(self, inputs, mode='tensor'):
            return {'loss': self.layer(torch.stack(list(inputs))).square().mean()}

    class Points(Dataset):
        metainfo = {'sigmas': np.array([0.5, 0.25], np.float32), 'colors': np.zeros((2, 3), np.uint8)}

        def __len__(self):
            return 4

        def __getitem__(self, index):
            return torch.tensor([float(index)])

    return Runner(
        model=Line(),
        work_dir=str(work_dir),
        train_dataloader=DataLoader(Points(), batch_size=2),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=0.1)),
        param_scheduler=dict(type='LinearLR', start_factor=0.5, begin=0, end=4, by_epoch=False),
        custom_hooks=[dict(type='EMAHook')],
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
        default_scope='mmengine',
        experiment_name=f'{work_dir.name}-{epochs}',
        log_level='ERROR',
        resume=resume,
    )


class TestOksEvaluation:
    """COCOeval against object keypoint similarities worked out by hand."""

    # Area 2500 and sigma 0.5 make the exponent -d^2 / (2 * (2 * 0.5)^2 * 2500) = -d^2 / 5000.
    SIGMAS = (0.5, 0.25)

    def evaluate(self, keypoints, tmp_path, scores=(1.0, 1.0), **options):
        from unipose.compat.oks_evaluation import COCO, COCOeval

        annotation = {
            'id': 1,
            'image_id': 1,
            'category_id': 1,
            'bbox': [0, 0, 100, 50],
            'keypoints': [10, 10, 2, 40, 40, 1],
            'area': 2500,
            **options.pop('annotation', {}),
        }
        annotation = {name: value for name, value in annotation.items() if value is not None}
        path = tmp_path / 'annotations.json'
        content = {'images': [{'id': 1}], 'categories': [{'id': 1, 'name': 'person'}], 'annotations': [annotation]}
        path.write_text(json.dumps(content))
        (x1, y1), (x2, y2) = keypoints
        values = [x1, y1, scores[0], x2, y2, scores[1]]
        ground_truth = COCO(str(path))
        detections = ground_truth.loadRes([{'image_id': 1, 'category_id': 1, 'keypoints': values, 'score': 0.9}])
        evaluation = COCOeval(
            ground_truth, detections, 'keypoints', np.array(options.pop('sigmas', self.SIGMAS)), **options
        )
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        return evaluation

    def test_sigmas(self, tmp_path):
        evaluation = self.evaluate([(40, 50), (40, 40)], tmp_path)
        # d = 50 at sigma 0.5: exp(-2500 / 5000); d = 0: 1.
        assert evaluation.ious[1, 1].item() == pytest.approx((np.exp(-0.5) + 1) / 2)
        evaluation = self.evaluate([(10, 10), (70, 80)], tmp_path)
        # d = 50 at sigma 0.25: exp(-2500 / (2 * 0.25 * 2500)) = exp(-2).
        assert evaluation.ious[1, 1].item() == pytest.approx((1 + np.exp(-2)) / 2)

    def test_without_area(self, tmp_path):
        evaluation = self.evaluate([(40, 50), (40, 40)], tmp_path, use_area=False, annotation={'area': None})
        # Area 100 * 50 * 0.53 = 2650.
        assert evaluation.ious[1, 1].item() == pytest.approx((np.exp(-2500 / 5300) + 1) / 2)

    def test_without_area_leaves_the_callers_area(self, tmp_path):
        evaluation = self.evaluate([(10, 10), (40, 40)], tmp_path, use_area=False)
        assert evaluation.cocoGt.anns[1]['area'] == 2500

    def test_area_decides_between_medium_and_large(self, tmp_path):
        # 96^2 = 9216. stats: AP, .5, .75, medium, large, AR ...
        medium = self.evaluate([(10, 10), (40, 40)], tmp_path).stats
        assert (medium[3], medium[4]) == (1, -1)
        box = {'annotation': {'bbox': [0, 0, 200, 100]}, 'use_area': False}  # 200 * 100 * 0.53 = 10600
        large = self.evaluate([(10, 10), (40, 40)], tmp_path, **box).stats
        assert (large[3], large[4]) == (-1, 1)

    def test_average_precision_at_the_thresholds(self, tmp_path):
        # OKS (exp(-0.5) + 1) / 2 = 0.803: 7 of the 10 thresholds .50, .55, ... .95 are met.
        stats = self.evaluate([(40, 50), (40, 40)], tmp_path).stats
        assert stats[0] == pytest.approx(0.7)
        assert stats[2] == 1  # AP .75

    def test_only_labelled_keypoints_count(self, tmp_path):
        annotation = {'keypoints': [10, 10, 2, 0, 0, 0]}
        evaluation = self.evaluate([(40, 50), (999, 999)], tmp_path, annotation=annotation)
        assert evaluation.ious[1, 1].item() == pytest.approx(np.exp(-0.5))

    def test_a_crowd_and_a_person_without_labels_are_ignored(self, tmp_path):
        for annotation in ({'iscrowd': 1}, {'keypoints': [0, 0, 0, 0, 0, 0]}):
            assert self.evaluate([(10, 10), (40, 40)], tmp_path, annotation=annotation).stats[0] == -1

    def test_a_detection_that_scores_nowhere_is_none(self, tmp_path):
        assert self.evaluate([(10, 10), (40, 40)], tmp_path).stats[0] == 1
        assert self.evaluate([(10, 10), (40, 40)], tmp_path, scores=(0.0, 0.0)).stats[0] == 0

    def test_the_17_of_coco_by_default(self):
        from unipose.compat.oks_evaluation import COCOeval

        assert len(COCOeval(iouType='keypoints').params.kpt_oks_sigmas) == 17

    def test_errors(self, tmp_path):
        with pytest.raises(ValueError, match='annotation 1 has 6 keypoint values; expected 3 for each of the 3'):
            self.evaluate([(0, 0), (0, 0)], tmp_path, sigmas=(0.5, 0.5, 0.5))
        with pytest.raises(ValueError, match='1 annotations have no area, the first is 1'):
            self.evaluate([(0, 0), (0, 0)], tmp_path, annotation={'area': None})
        from unipose.compat.oks_evaluation import COCOeval

        with pytest.raises(NotImplementedError, match="'keypoints_crowd' needs xtcocotools itself"):
            COCOeval(iouType='keypoints_crowd')

    def test_as_plain_pycocotools_on_the_same_input(self, tmp_path):
        from pycocotools.cocoeval import COCOeval

        ours = self.evaluate([(40, 50), (40, 40)], tmp_path, annotation={'num_keypoints': 2, 'iscrowd': 0})
        theirs = COCOeval(ours.cocoGt, ours.cocoDt, 'keypoints')
        theirs.params.kpt_oks_sigmas = np.array(self.SIGMAS)
        theirs.evaluate()
        theirs.accumulate()
        theirs.summarize()
        np.testing.assert_array_equal(ours.stats, theirs.stats)

    def test_test_index_keeps_some_keypoints(self, tmp_path):
        from unipose.compat.oks_evaluation import COCO

        self.evaluate([(10, 10), (40, 40)], tmp_path)
        assert COCO(str(tmp_path / 'annotations.json'), test_index=[1]).anns[1]['keypoints'] == [40, 40, 1]
