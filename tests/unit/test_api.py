"""The functions that `import unipose` offers: mistakes, as what they are raised. docs/api.md is what they do."""

from collections.abc import Callable
from pathlib import Path

import pytest

import unipose

MISTAKES: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    'load: no file': (lambda: unipose.load('nowhere.onnx'), FileNotFoundError, 'no pose model nowhere.onnx'),
    'load: no checkpoint': (lambda: unipose.load('nowhere.pth'), FileNotFoundError, "'nowhere.pth' was not found"),
    'load: of a checkpoint': (lambda: unipose.load('a.onnx', device='cuda'), ValueError, 'are of a checkpoint'),
    'load: no such skeleton': (lambda: unipose.load(skeleton='aic'), ValueError, "Got: skeleton 'aic'"),
    'train: no config': (lambda: unipose.train('nowhere.py'), FileNotFoundError, 'config not found: nowhere.py'),
    'train: no such key': (
        lambda: unipose.train('configs/demo/distill.py', **{'train_cfg.max_epochs.a': 1}),
        ValueError,
        'fit',
    ),
    'distill: no student': (
        lambda: unipose.distill('rtmpose-x', teachers={}, data={}),
        FileNotFoundError,
        'student not found: rtmpose-x.*; students by name are rtmpose-t, rtmpose-s, rtmpose-m',
    ),
    'evaluate: no checkpoint': (
        lambda: unipose.evaluate('configs/demo/distill.py', 'nowhere.pth'),
        FileNotFoundError,
        "'nowhere.pth' was not found",
    ),
    'evaluate: no test': (lambda: unipose.evaluate('configs/teachers/entries.py', 'a.pth'), ValueError, 'lacks'),
    'export: no format': (lambda: unipose.export('a.pth', format='tflite'), ValueError, "Got: 'tflite'"),
    'export: mmpose': (lambda: unipose.export('a.pth', format='mmpose'), ValueError, 'takes out, a .pth file'),
}


@pytest.mark.parametrize('name', MISTAKES)
def test_mistakes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call, kind, message = MISTAKES[name]
    with pytest.raises(kind, match=message):
        call()


def test_a_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / 'student.onnx').touch()
    with pytest.raises(FileExistsError, match='force'):
        unipose.export(tmp_path / 'student.pth')


def test_what_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'unipose' has no attribute 'nothing'"):
        _ = unipose.nothing
    with pytest.raises(TypeError, match='confg'):
        unipose.load(confg='a.py')
