"""`unipose configs`."""

import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from unipose.checkpoints.shipped_configs import CONFIGS, shipped_configs
from unipose.commands.main import main


def test_lists_each_by_name_with_what_it_is(capsys: pytest.CaptureFixture) -> None:
    assert main(['configs']) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith('  ')]
    listed = dict(line.split(maxsplit=1) for line in lines)
    assert sorted(listed) == sorted(shipped_configs())
    assert listed['distill_tiny'] == 'RTMPose-t taught by RTMPose-m teachers on COCO and MPII: 21 keypoints.'


def test_a_reader_that_ends_early_is_no_mistake() -> None:
    listing = subprocess.Popen([sys.executable, '-m', 'unipose', 'configs'], stdout=PIPE, stderr=PIPE)
    listing.stdout.close()
    _, error = listing.communicate()
    assert not error and listing.returncode == 1


def test_says_where_one_lies_and_shows_it(capsys: pytest.CaptureFixture) -> None:
    assert main(['configs', 'demo/distill']) == 0
    file = Path(capsys.readouterr().out.strip())
    assert file == CONFIGS / 'demo/distill.py'
    assert main(['configs', 'demo/distill', '--show']) == 0
    assert capsys.readouterr().out == file.read_text()


@pytest.mark.parametrize(('arguments', 'said'), [(['--show'], 'give its NAME'), (['demo/distil'], 'close are demo/')])
def test_mistakes(arguments: list[str], said: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(['configs', *arguments])
    assert ended.value.code == 2 and said in capsys.readouterr().err
