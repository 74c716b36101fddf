"""Configs from files, and options that change them."""

import argparse
from pathlib import Path

import pytest
from mmengine.config import DictAction

from unipose.console.config_options import ConfigOptions
from unipose.files.read_config import read_config, values_of


def test_reads_copies_and_changes(tmp_path: Path) -> None:
    (tmp_path / 'config.py').write_text('model = dict(size=1, names=["a"])')
    config = read_config(tmp_path / 'config.py', {'model.size': 2})
    assert config.model.size == 2
    assert read_config(config, {'model.size': 3}).model.size == 3
    assert config.model.size == 2


@pytest.mark.parametrize(
    ('text', 'changes', 'message'),
    [
        ('model = dict(', {}, r'config .*config.py cannot be read \(SyntaxError.*correct it'),
        ('size = 1 / 0', {}, r'cannot be read \(ZeroDivisionError'),
        ('size = 1', {'size.all': 2}, r"--cfg-options {'size.all': 2} do not fit the config"),
        ('names = ["a"]', {'names.3': 'b'}, 'do not fit the config'),
    ],
)
def test_errors(tmp_path: Path, text: str, changes: dict, message: str) -> None:
    (tmp_path / 'config.py').write_text(text)
    with pytest.raises(ValueError, match=message):
        read_config(tmp_path / 'config.py', changes)


def test_a_missing_file_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        read_config(tmp_path / 'none.py', what='config of a teacher')
    assert str(caught.value).startswith(f'config of a teacher not found: {tmp_path / "none.py"}; there is no ')
    assert str(caught.value).count('none.py') == 2


def test_options(capsys: pytest.CaptureFixture) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions)
    parsed = parser.parse_args(['--cfg-options', 'a.b=3', 'c="(1, 2)"', '--cfg-options', 'd=x=y'])
    assert values_of(parsed.cfg_options) == {'a.b': 3, 'c': (1, 2), 'd': 'x=y'}
    assert values_of(parser.parse_args([]).cfg_options) == {}
    for wrong in ('a', '=3'):
        with pytest.raises(SystemExit):
            parser.parse_args(['--cfg-options', wrong])
        assert f"--cfg-options takes key=value, such as train_dataloader.batch_size=64. Got: ['{wrong}']" in (
            capsys.readouterr().err
        )


@pytest.mark.parametrize(
    'given', [[], ['a=1', 'a=2'], ['x=None', 'y=true', 'z=1e-3', "w='a, b'"], ['v=[(1,2),[a,[b]]]']]
)
def test_options_are_read_as_mmengine_reads_them(tmp_path: Path, given: list[str]) -> None:
    read = {}
    for action in (ConfigOptions, DictAction):
        parser = argparse.ArgumentParser()
        parser.add_argument('--cfg-options', nargs='+', action=action, default=[] if action is ConfigOptions else {})
        read[action] = parser.parse_args(['--cfg-options', *given] if given else []).cfg_options
    assert values_of(read[ConfigOptions]) == read[DictAction]
    (tmp_path / 'config.py').write_text('kept = 1')
    assert read_config(tmp_path / 'config.py', read[ConfigOptions]).to_dict() == {'kept': 1, **read[DictAction]}


def test_brackets_that_do_not_match() -> None:
    with pytest.raises(ValueError, match=r"\['a=\[1,2'\] cannot be read: Imbalanced brackets"):
        values_of(['a=[1,2'])
