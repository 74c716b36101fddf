"""Checkpoints of MMEngine load weights-only, and code in them does not."""

import io
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch

from unipose import compat
from unipose.compat import safe_globals

compat.apply()


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

    @staticmethod
    def run(code):
        return subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=120)

    def test_without_the_patch_it_does_not_load(self, tmp_path):
        path = tmp_path / 'checkpoint.pth'
        torch.save(checkpoint(), path)
        code = f'import torch; torch.load({str(path)!r}, weights_only=True)'
        assert 'Weights only load failed' in self.run(code).stderr
        assert (
            self.run(f'from unipose.compat.safe_globals import *; torch_loads_weights_only(); {code}').returncode == 0
        )

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

    def test_torch_that_does_not_allow_what_bytes_are_written_with(self, monkeypatch):
        """As torch 2.4."""
        from torch import _weights_only_unpickler

        known = {**_weights_only_unpickler._get_allowed_globals()}
        known.pop('_codecs.encode', None)
        monkeypatch.setattr(_weights_only_unpickler, '_get_allowed_globals', lambda: known)
        self.test_what_a_checkpoint_holds_survives()

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
            return {'loss': self.layer(inputs).square().mean()}

    class Points(Dataset):
        metainfo = {'sigmas': np.array([0.5, 0.25], np.float32), 'colors': np.zeros((2, 3), np.uint8)}

        def __len__(self):
            return 4

        def __getitem__(self, index):
            return {'inputs': torch.tensor([float(index)])}

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
