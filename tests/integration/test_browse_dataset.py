"""What tools/browse_dataset.py says to mistakes."""

import runpy
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TOOL = REPOSITORY / 'tools' / 'browse_dataset.py'
CONFIG = REPOSITORY / 'configs' / 'distill_small.py'
SOURCES = 'train_dataloader.dataset.sources'


@pytest.fixture
def options(synthetic):
    return [f'{SOURCES}.{name}.dataset.data_root={synthetic / name}' for name in ('coco', 'mpii')]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    def run(config, options, *more):
        arguments = [config, '--out', tmp_path / 'out', *more, '--cfg-options', *options]
        monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, arguments)])
        with pytest.raises(SystemExit) as finished:
            runpy.run_path(str(TOOL), run_name='__main__')
        return finished.value.code, capsys.readouterr().err

    return run


def test_augmented_and_without_a_teacher(run, options, tmp_path):
    assert run(CONFIG, [*options, 'model.teachers.mpii=None'], '--epoch', 1, '--num', 1)[0] == 0
    assert len(list((tmp_path / 'out').iterdir())) == 2


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (f'{SOURCES}.coco.dataset.data_root=nowhere', "source 'coco' is not in place"),
        ('train_dataloader.dataset.type=CocoDataset', 'expected a UnifiedKeypointDataset'),
        ('model.teachers.coco.config=nowhere.py', 'not found: nowhere.py'),
        ('model.teachers.coco.window.input_size="(100, 101)"', 'no whole-pixel window'),
        ('model.teachers.cocoa.weight=1.0', "teacher 'cocoa' lacks one of ['config', 'onnx', 'transformers']"),
        ('model.teachers.cocoa.weight=1.0', 'Is the name of this entry misspelt?'),
        ('model.teachers.coco.window.size="(300, 400)"', '300x400'),
    ],
)
def test_mistakes(run, options, change, message):
    code, errors = run(CONFIG, [*options, change])
    assert code
    assert message in errors
    assert 'Traceback' not in errors


def test_mistakes_in_arguments(run, options, tmp_path):
    assert run('nowhere.py', options)[0] == 2
    assert run(CONFIG, options, '--num', 0)[0] == 2
    (tmp_path / 'out').touch()
    assert run(CONFIG, options)[0] == 2
