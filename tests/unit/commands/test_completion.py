"""What completes verbs, options and files in a shell."""

import subprocess
import sys
from pathlib import Path

import pytest

from unipose.commands.main import main

TRY = """
source {script}
try() {{
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
  _shtab_unipose "$1" "${{!#}}"
  echo "${{COMPREPLY[@]}}"
}}
try unipose tr
try unipose train --auto
try unipose export --format ''
try unipose rescore ''
try unipose train {folder}/a_con
"""


def test_bash_completes_verbs_options_choices_and_files(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    pytest.importorskip('shtab')
    assert main(['completion', 'bash']) == 0
    (tmp_path / 'unipose').write_text(capsys.readouterr().out)
    (tmp_path / 'a_config.py').touch()
    tried = TRY.format(script=tmp_path / 'unipose', folder=tmp_path)
    done = subprocess.run(['bash', '-c', tried], capture_output=True, text=True)
    completed = ['train', '--auto-scale-lr', 'mmpose onnx torchscript', 'collect train', str(tmp_path / 'a_config.py')]
    assert done.stdout.splitlines() == completed, done.stderr


def test_zsh(capsys: pytest.CaptureFixture) -> None:
    pytest.importorskip('shtab')
    assert main(['completion', 'zsh']) == 0
    assert capsys.readouterr().out.startswith('#compdef unipose\n')


def test_without_shtab_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, 'shtab', None)
    with pytest.raises(SystemExit) as ended:
        main(['completion', 'bash'])
    assert ended.value.code == 2 and 'pip install shtab' in capsys.readouterr().err
