"""The stand-in for one name, where torchvision is and where it is not."""

import subprocess
import sys
import types

import numpy as np
import pytest
import torch

from unipose.compat import torchvision_name


class TestTorchvision:
    NAME = torchvision_name.MODULE

    def test_present_is_left_alone(self, monkeypatch):
        real = types.ModuleType(self.NAME)
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
        monkeypatch.setitem(sys.modules, 'torchvision', None)  # put back by monkeypatch
        monkeypatch.setattr(torchvision_name.importlib, 'import_module', fail)
        patch = torchvision_name.torchvision_cannot_be_imported()
        assert str(error) in patch.cause
        assert sys.modules[self.NAME].ToPILImage is torchvision_name.ToPILImage

    @pytest.mark.parametrize('symptom', ['', 'raise RuntimeError("operator torchvision::nms does not exist")'])
    def test_nobody_is_led_to_believe_that_torchvision_is_there(self, tmp_path, symptom):
        """Missing or broken, it fails as a missing one: MMEngine's list of the environment knows only that."""
        if symptom:
            (tmp_path / 'torchvision').mkdir()
            (tmp_path / 'torchvision' / '__init__.py').write_text(symptom)
        code = (
            f'import sys; sys.path.insert(0, {str(tmp_path)!r})\n'
            'class NoOther:\n'
            '    def find_spec(self, name, path=None, target=None):\n'
            '        if name == "torchvision": raise ModuleNotFoundError("No module named " + repr(name), name=name)\n'
            f'if not {symptom!r}: sys.meta_path.insert(0, NoOther())\n'
            'from unipose.compat import torchvision_name\n'
            'print(torchvision_name.torchvision_cannot_be_imported().cause)\n'
            'from torchvision.transforms import ToPILImage\n'
            'try: import torchvision\n'
            'except ModuleNotFoundError: print("absent")\n'
            'try: from torchvision.transforms import Resize\n'
            'except ImportError: print("one name only")\n'
        )
        done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        cause, *rest = done.stdout.splitlines()
        assert ('operator torchvision::nms' if symptom else 'No module named') in cause
        assert rest == ['absent', 'one name only']

    def test_stand_in_converts_as_torchvision_does(self):
        convert = torchvision_name.ToPILImage()
        picture = torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1).expand(3, 4, 6)  # [C, H, W]
        assert convert(picture).size == (6, 4)
        assert convert(picture).getpixel((0, 0)) == (0, 127, 255)
        assert convert(picture[:1]).mode == 'L'
        assert convert(np.zeros((4, 6, 3), np.uint8)).size == (6, 4)
