"""What users read of an error."""

import argparse
import json

import pytest
from torch.utils.data import DataLoader, Dataset

from unipose.console.mistakes import MISTAKES, TRACEBACK, error_message, machine_fault, mistakes_raised, mistakes_told
from unipose.files import DamagedImageError


class Damaged(Dataset):
    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> None:
        raise DamagedImageError('a.jpg: truncated: 3 bytes\n  - get it again')


@pytest.mark.parametrize('workers', [0, 1])
def test_a_workers_traceback_is_left_out(workers: int) -> None:
    with pytest.raises(DamagedImageError) as caught:
        next(iter(DataLoader(Damaged(), num_workers=workers)))
    assert error_message(caught.value) == 'a.jpg: truncated: 3 bytes\n  - get it again'


@pytest.mark.parametrize(
    ('error', 'message'),
    [
        (KeyError('bbox'), "KeyError: 'bbox'"),
        (KeyError('Foo is not in the registry'), 'Foo is not in the registry'),
        (AssertionError(), 'AssertionError'),
        (FileNotFoundError(2, 'No such file or directory', 'a.json'), "[Errno 2] No such file or directory: 'a.json'"),
        (json.JSONDecodeError('Expecting value', '', 0), 'Expecting value: line 1 column 1 (char 0)'),
    ],
)
def test_messages(error: Exception, message: str) -> None:
    assert isinstance(error, MISTAKES)
    assert error_message(error) == message


@pytest.mark.parametrize('usage', [True, False])
@pytest.mark.parametrize('shown', ['', '1'])
def test_a_mistake_ends_a_command(
    usage: bool, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv(TRACEBACK, shown)
    with pytest.raises(SystemExit) as ended, mistakes_told(argparse.ArgumentParser('tool'), usage=usage):
        raise KeyError('no such name')
    *before, told = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2 and told == 'tool: error: no such name'
    assert any(line.startswith('usage: ') for line in before) is usage
    assert any(line.startswith('Traceback') for line in before) is bool(shown)


def test_programs_get_values_and_files_that_are_wrong() -> None:
    for error, kind in ((KeyError('no such name'), ValueError), (FileNotFoundError('no file'), FileNotFoundError)):
        with pytest.raises(kind, match='^no ') as caught, mistakes_raised():
            raise error
        assert error in (caught.value, caught.value.__cause__)


def test_other_errors_are_raised_as_they_are() -> None:
    for error, kinds in ((RuntimeError('a defect'), MISTAKES), (TypeError('a defect'), (ValueError, OSError))):
        with pytest.raises(type(error), match='a defect'), mistakes_told(argparse.ArgumentParser(), kinds):
            raise error


KILLED = 'DataLoader worker (pid 7) is killed by signal: Killed. '
NO_SHARED = (
    'Caught RuntimeError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n  File "a.py"\n'
    'RuntimeError: unable to resize file </torch_7_1087951453_0> to the right size: No space left on device (28)'
)

LOST_RANK = '[gloo/transport/tcp/pair.cc:537] Read error [127.0.0.1]:22253: Connection reset by peer. This is typical'


def test_a_rank_that_is_gone_is_told() -> None:
    error = RuntimeError(LOST_RANK)
    assert machine_fault(error) is error
    assert error_message(error) == f'{LOST_RANK}; another process of this run is gone, and its output may say why'


@pytest.mark.parametrize('text', [KILLED, 'DataLoader worker (pid(s) 7, 8) exited unexpectedly', NO_SHARED])
def test_a_worker_that_is_gone_is_told(text: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended, mistakes_told(argparse.ArgumentParser('tool'), (ValueError,), usage=False):
        raise RuntimeError(text)
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert line.startswith(('tool: error: DataLoader worker (pid', 'tool: error: unable to resize file'))
    assert 'take fewer workers' in line and 'Traceback' not in line


@pytest.mark.parametrize(
    ('text', 'advice'),
    [
        (KILLED.replace('Killed', 'Segmentation fault'), 'a library that it calls has crashed'),
        (
            'unable to open shared memory object </torch_1_2_3> in read-write mode: Too many open files (24)',
            'ulimit -n',
        ),
    ],
)
def test_what_is_no_want_of_memory_is_not_told_as_one(text: str, advice: str) -> None:
    told = error_message(RuntimeError(text))
    assert advice in told and 'memory, or' not in told
    assert machine_fault(RuntimeError(text))


def test_other_errors_of_the_program_are_not_told() -> None:
    for error in (RuntimeError('a defect'), EOFError()):
        assert machine_fault(error) is None
        with pytest.raises(type(error)), mistakes_told(argparse.ArgumentParser('tool')):
            raise error


def test_a_broken_connection_is_the_worker_that_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_: float) -> None:  # as torch's handler of signals does
        raise RuntimeError(KILLED)

    broken = ConnectionResetError(104, 'Connection reset by peer')
    monkeypatch.setattr('time.sleep', lambda _: None)
    assert machine_fault(broken) is broken
    monkeypatch.setattr('time.sleep', killed)
    assert str(machine_fault(broken)) == str(machine_fault(EOFError())) == KILLED
