"""What is missing is named at once, with the commands."""

import sys
import types

import pytest

from unipose.compat import required


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
            'pip install torch && pip install "numpy>=1.24" munkres && '
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
