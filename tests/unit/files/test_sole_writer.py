"""A folder has one writer, and one that is dead is in nobody's way."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from unipose.files.sole_writer import sole_writer

LOCK = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'ab'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
_FORK = multiprocessing.get_context('fork') if os.name == 'posix' else None
pytestmark = pytest.mark.skipif(_FORK is None, reason='Windows has no such locks')


def hold(folder: Path, told: Connection) -> None:
    """Writes into a folder, with a worker that outlives it."""
    with sole_writer(folder, '--out'):
        worker = _FORK.Process(target=time.sleep, args=(60,))
        worker.start()
        told.send(worker.pid)
        time.sleep(60)


def test_another_process_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    folder = tmp_path / 'new'
    here, there = _FORK.Pipe()
    holder = _FORK.Process(target=hold, args=(folder, there))
    holder.start()
    worker = here.recv()
    try:
        says = f'another process is writing into {folder}: wait .* name another folder with --out'
        with pytest.raises(OSError, match=says), sole_writer(folder, '--out'):
            pytest.fail('both write')
        with sole_writer(tmp_path / 'other', '--out'):
            pass
        holder.kill()
        holder.join()
        os.kill(worker, 0)  # it lives on
        with sole_writer(folder, '--out'):
            pass
    finally:
        holder.kill()
        os.kill(worker, signal.SIGKILL)
    assert [path.name for path in folder.iterdir()] == ['.lock']


def test_one_process_may_write_again(tmp_path: Path) -> None:
    for _ in range(2):
        with sole_writer(tmp_path, '--out'):
            (tmp_path / 'file').write_text('')


def test_what_killed_writers_have_left_goes(tmp_path: Path) -> None:
    for name in ('.epoch_1.pth.0123abcd', '.epoch_2.pth.0123abcd', 'epoch_1.pth', '.hidden', '.git.old'):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / '.epoch_2.pth.0123abcd').write_text('being written')
    with sole_writer(tmp_path, '--out'):
        pass
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {'.epoch_2.pth.0123abcd', 'epoch_1.pth', '.hidden', '.git.old', '.lock'}


def test_one_process_does_not_write_twice_at_a_time(tmp_path: Path) -> None:
    again = tmp_path / '..' / tmp_path.name
    with sole_writer(tmp_path, '--out'):
        with pytest.raises(OSError, match='this process is writing into'), sole_writer(again, '--out'):
            pytest.fail('both write')
        tried = subprocess.run([sys.executable, '-c', LOCK, tmp_path / '.lock'], capture_output=True, text=True)
    assert 'BlockingIOError' in tried.stderr  # the folder is the first one's still


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    says = r'file.below cannot be written \(.*\); name another with --out'
    with pytest.raises(OSError, match=says), sole_writer(tmp_path / 'file' / 'below', '--out'):
        pytest.fail('it was made')
