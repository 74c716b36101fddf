"""A grammar that another process is at writing, and one that stays damaged."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from unipose.compat import yapf_grammar

CODE = """
import sys, threading, time
from pathlib import Path
from unipose.compat.yapf_grammar import yapf_reads_what_is_being_written

(file, *_) = Path(sys.argv[1]).rglob('Grammar*.pickle')
whole = file.read_bytes()
file.write_bytes(whole[: len(whole) // 2])
if sys.argv[2] == 'finished':
    threading.Timer(0.6, lambda: file.write_bytes(whole)).start()
print(yapf_reads_what_is_being_written().cause)
"""


def run(code: str, cache: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """In a process whose cache is of its own."""
    environment = dict(os.environ, XDG_CACHE_HOME=str(cache), PYTHONPATH=str(REPOSITORY))
    command = [sys.executable, '-c', code, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform != 'linux', reason='where the cache lies is told by XDG_CACHE_HOME')
def test_it_is_waited_for(tmp_path: Path) -> None:
    assert run('import yapf', tmp_path).returncode == 0
    found = run(CODE, tmp_path, tmp_path, 'finished')
    assert "another process was at writing yapf's grammar" in found.stdout, found.stderr


def test_nothing_to_wait_for() -> None:
    assert yapf_grammar.yapf_reads_what_is_being_written() is None


def test_a_damaged_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = yapf_grammar.importlib.import_module

    def broken(name: str) -> object:
        if name == 'yapf':
            raise EOFError('Ran out of input')
        return real(name)

    monkeypatch.setattr(yapf_grammar.importlib, 'import_module', broken)
    monkeypatch.setattr(yapf_grammar, '_PAUSE', 0)
    with pytest.raises(EOFError, match=r"yapf's cache is damaged \(Ran out of input\); remove .*YAPF"):
        yapf_grammar.yapf_reads_what_is_being_written()
