"""The doctor: what it finds, what it says to do, and that it works where the stack does not."""

import hashlib
import os
import subprocess
import sys
import types
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from unipose import compat
from unipose.checkpoints import manifest
from unipose.commands import doctor


def states(findings):
    return [finding.state for finding in findings]


def fill(data_root, name, parts):
    for part in parts:
        path = data_root / name / part
        path.parent.mkdir(parents=True, exist_ok=True)
        if part.endswith('/'):
            path.mkdir()
            (path / 'one.jpg').touch()
        else:
            path.touch()


class TestDatasets:
    def test_nothing_there(self, tmp_path):
        coco, mpii, aic, halpe, crowdpose = doctor.find_datasets(tmp_path)
        assert states((coco, mpii, aic, halpe, crowdpose)) == ['missing', 'missing', 'note', 'note', 'note']
        assert halpe.text == 'halpe: not there, only for configs/sources/halpe.py'
        assert f'ln -s /path/to/your/coco {tmp_path}/' in coco.next_step

    def test_complete(self, tmp_path):
        for name, parts in doctor.DATASETS.items():
            fill(tmp_path, name, parts)
        coco, mpii, aic, halpe, crowdpose, boxes = doctor.find_datasets(tmp_path)
        assert states((coco, mpii, aic, halpe, crowdpose, boxes)) == ['ok', 'ok', 'ok', 'ok', 'ok', 'note']
        assert halpe.text == 'halpe: complete'
        assert coco.text == 'coco: complete (images: train2017/ 1, val2017/ 1)'
        assert coco.next_step is None
        fill(tmp_path, '.', [doctor.DETECTED_BOXES])
        assert states(doctor.find_datasets(tmp_path)) == ['ok'] * 5

    def test_names_what_is_missing(self, tmp_path):
        fill(tmp_path, 'mpii', doctor.DATASETS['mpii'])
        (tmp_path / 'mpii' / 'annotations' / 'mpii_gt_val.mat').unlink()
        (tmp_path / 'mpii' / 'images' / 'one.jpg').unlink()  # an empty folder is not enough
        _, mpii, *_ = doctor.find_datasets(tmp_path)
        assert mpii.text == 'mpii: without annotations/mpii_gt_val.mat, images/'
        assert str(tmp_path / 'mpii') in mpii.next_step

    def test_demo_data(self, tmp_path):
        assert doctor.find_demo_data(tmp_path).state == 'note'
        (tmp_path / 'demo').mkdir()
        assert doctor.find_demo_data(tmp_path).state == 'note'
        (tmp_path / 'demo' / 'coco').mkdir()
        assert doctor.find_demo_data(tmp_path).state == 'ok'


class TestWeights:
    @pytest.fixture(autouse=True)
    def entry(self, monkeypatch):
        digest = hashlib.sha256(b'weights').hexdigest()
        entry = manifest.ManifestEntry(
            name='small',
            file='small.pth',
            url='https://example.org/small.pth',
            sha256=digest,
            sha256_prefix=digest[:8],
            license='Apache-2.0',
            skeleton='coco',
            input_size=(192, 256),
            kind='teacher',
        )
        monkeypatch.setattr(manifest, 'load_manifest', lambda: {'small': entry})
        return entry

    def test_missing(self, tmp_path, entry):
        (finding,) = doctor.find_weights(tmp_path)
        assert (finding.state, finding.next_step) == ('missing', entry.remedy)

    def test_an_optional_one_is_no_step_to_take(self, tmp_path, monkeypatch, entry):
        monkeypatch.setattr(manifest, 'load_manifest', lambda: {'small': replace(entry, kind='optional')})
        (finding,) = doctor.find_weights(tmp_path)
        assert (finding.state, finding.next_step) == ('note', None)

    def test_right(self, tmp_path):
        (tmp_path / 'small.pth').write_bytes(b'weights')
        (finding,) = doctor.find_weights(tmp_path)
        assert (finding.state, finding.text) == ('ok', 'small (Apache-2.0): small.pth, digest right')

    def test_begun(self, tmp_path, entry):
        (tmp_path / 'small.pth.part').write_bytes(b'wei')
        (finding,) = doctor.find_weights(tmp_path)
        assert (finding.state, finding.next_step) == ('missing', entry.remedy)
        assert finding.text == 'small (Apache-2.0): not complete, so far there is small.pth.part'

    def test_a_model_of_the_hub(self, tmp_path, monkeypatch, entry):
        model = replace(entry, kind='optional', file='small', url=None, hub='a/small', sha256=None, sha256_prefix='')
        monkeypatch.setattr(manifest, 'load_manifest', lambda: {'small': replace(model, license='Sapiens2 License')})
        label = 'small (Sapiens2 License, conditions: attribution, share alike, restricted uses)'
        (tmp_path / 'small').mkdir()
        (finding,) = doctor.find_weights(tmp_path)
        assert finding.text.startswith(f'{label}: not complete, small/ lacks config.json')
        for name in ('config.json', 'preprocessor_config.json', 'model.safetensors'):
            (tmp_path / 'small' / name).touch()
        (finding,) = doctor.find_weights(tmp_path)
        assert (finding.state, finding.text) == ('ok', f'{label}: small, digest unknown')
        (tmp_path / 'small' / manifest.DIGESTS).write_text('{"model.safetensors": "' + '0' * 64 + '"}')
        (finding,) = doctor.find_weights(tmp_path)
        assert (finding.state, finding.next_step) == ('missing', f'rm -r {tmp_path / "small"} && {entry.remedy}')

    def test_another_file(self, tmp_path, entry):
        (tmp_path / 'small.pth').write_bytes(b'truncated')
        (finding,) = doctor.find_weights(tmp_path)
        assert finding.state == 'missing'
        assert finding.next_step == f'rm {tmp_path / "small.pth"} && {entry.remedy}'

    def test_unreadable_manifest(self, tmp_path, monkeypatch):
        def fail():
            raise ValueError('manifest.json is not JSON')

        monkeypatch.setattr(manifest, 'load_manifest', fail)
        (finding,) = doctor.find_weights(tmp_path)
        assert 'manifest.json is not JSON' in finding.text

    def test_demo_teachers(self, tmp_path, monkeypatch):
        assert doctor.find_demo_teachers(tmp_path).text == 'demo: backbone.pth, teacher_coco.pth, teacher_mpii.pth'
        monkeypatch.setattr(doctor, 'REPOSITORY', tmp_path)
        assert doctor.find_demo_teachers(tmp_path).next_step == 'make demo-teachers'
        (tmp_path / 'demo').mkdir()
        (tmp_path / 'demo' / 'coco.pth').touch()
        assert doctor.find_demo_teachers(tmp_path).text == 'demo: coco.pth'


class TestStack:
    def test_works(self):
        findings, works = doctor.find_stack()
        assert works
        assert findings[0].state == 'ok'

    def test_incomplete(self, monkeypatch):
        monkeypatch.setattr(doctor, 'install_commands', lambda: ['pip install torch', 'pip install --no-deps a'])
        (finding,), works = doctor.find_stack()
        assert not works
        assert finding.next_step == 'pip install torch && pip install --no-deps a'

    def test_does_not_import(self, monkeypatch):
        def fail(name):
            raise ImportError('it is broken. Run: pip install --no-deps mmcv-lite==2.1.0')

        monkeypatch.setattr(doctor.importlib, 'import_module', fail)
        (finding,), works = doctor.find_stack()
        assert not works
        assert finding.next_step == 'pip install --no-deps mmcv-lite==2.1.0'

    def test_tells_what_compat_warned_of(self, monkeypatch):
        def warn(name):
            warnings.warn('numpy 2.4.0: it fails. Run: pip install "numpy<2.4"', compat.CompatWarning, stacklevel=1)

        monkeypatch.setattr(doctor.importlib, 'import_module', warn)
        (_, note), works = doctor.find_stack()
        assert works
        assert (note.text, note.next_step) == ('numpy 2.4.0: it fails.', 'pip install "numpy<2.4"')

    def test_versions(self, monkeypatch):
        installed = {'torch': '2.13.0', 'mmpose': '1.2.0', 'mmcv': '2.1.0', 'opencv-python': '4.9', 'numpy': '2.3.5'}
        monkeypatch.setattr(doctor, 'version', installed.get)
        texts = {finding.text: finding.state for finding in doctor.find_versions()}
        assert texts['torch 2.13.0'] == 'ok'
        assert texts['mmpose 1.2.0; 1.3.2 is what is tested'] == 'note'
        assert texts['mmcv 2.1.0 (with its compiled operators)'] == 'ok'
        assert texts['mmdet is not installed'] == 'missing'
        assert texts['opencv-python 4.9'] == 'ok'
        assert not any(text.startswith('unipose') for text in texts)

    def test_another_distribution_of_this_name(self, monkeypatch):
        monkeypatch.setattr(doctor, 'version', {'unipose': '1.0.8'}.get)
        (other,) = [finding for finding in doctor.find_versions() if 'another distribution' in finding.text]
        assert (other.state, other.next_step) == ('note', 'pip uninstall unipose, then install unipose-distill again')

    def test_two_opencvs(self, monkeypatch):
        monkeypatch.setattr(doctor, 'version', {'opencv-python': '4.9', 'opencv-python-headless': '4.14'}.get)
        assert any('overwrite each other' in finding.text for finding in doctor.find_versions())

    def test_devices(self, monkeypatch):
        import torch

        properties = types.SimpleNamespace(total_memory=80 * 2**30)
        monkeypatch.setattr(torch.cuda, 'device_count', lambda: 1)
        monkeypatch.setattr(torch.cuda, 'device', lambda index: warnings.catch_warnings())
        monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda: True)
        monkeypatch.setattr(torch.cuda, 'get_device_properties', lambda index: properties)
        monkeypatch.setattr(torch.cuda, 'get_device_name', lambda index: 'A GPU')
        texts = [finding.text for finding in doctor.find_devices()]
        assert texts[0].startswith('CPU: ')
        assert texts[1] == 'cuda:0: A GPU, 80 GiB, with bf16'

    def test_torch_that_loads_no_checkpoint_of_mmengine_safely(self, monkeypatch):
        import torch

        assert not any(finding.state == 'note' for finding in doctor.find_devices())
        monkeypatch.delattr(torch.serialization, 'add_safe_globals')
        assert (
            'Take torch >= 2.4'
            in next(finding for finding in doctor.find_devices() if finding.state == 'note').next_step
        )


class TestCommand:
    def test_exit_code_follows_the_stack(self, tmp_path, monkeypatch, capsys):
        arguments = ['--data-root', str(tmp_path), '--teachers-dir', str(tmp_path)]
        assert doctor.main(arguments) == 0
        assert 'The training stack works.' in capsys.readouterr().out
        monkeypatch.setattr(doctor, 'install_commands', lambda: ['pip install torch'])
        assert doctor.main(arguments) == 1
        assert 'pip install torch' in capsys.readouterr().out.partition('Next steps')[2]

    def test_names_patches_and_causes(self, tmp_path, capsys):
        doctor.main(['--data-root', str(tmp_path)])
        printed = capsys.readouterr().out
        for patch in compat.active():
            assert f'{patch.name}: {patch.cause}' in printed

    def test_works_without_anything_installed(self, tmp_path):
        """-S -I leaves site-packages out: no torch, no numpy, no OpenMMLab."""
        root = Path(doctor.__file__).parents[2]
        code = (
            f'import sys; sys.path.insert(0, {str(root)!r})\n'
            'from unipose.commands import doctor; sys.exit(doctor.main([]))'
        )
        environment = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
        done = subprocess.run(
            [sys.executable, '-I', '-S', '-c', code], capture_output=True, text=True, timeout=60, env=environment
        )
        assert done.returncode == 1, done.stderr
        assert done.stderr == ''
        assert 'pip install --no-deps mmengine==0.10.7 mmcv-lite==2.1.0 mmpose==1.3.2 mmdet==3.3.0' in done.stdout
