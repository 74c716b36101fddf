import os

import pytest

from unipose.files import write_file, write_files


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    write_file(tmp_path / 'out.json', b'old')
    write_file(tmp_path / 'out.json', b'new')
    assert (tmp_path / 'out.json').read_bytes() == b'new'

    def fail(*_):
        raise OSError('disk full')

    monkeypatch.setattr('os.replace', fail)
    with pytest.raises(OSError, match='disk full'):
        write_file(tmp_path / 'out.json', b'half')
    assert (tmp_path / 'out.json').read_bytes() == b'new'
    assert [path.name for path in tmp_path.iterdir()] == ['out.json']


@pytest.mark.parametrize('second', ['folder', 'file/below', 'too_large'])
def test_files_that_belong_together_are_all_written_or_none(tmp_path, limit_files, second):
    (tmp_path / 'folder').mkdir()
    for name in ('file', 'first'):
        (tmp_path / name).write_text('old')
    limit_files(1000)
    with pytest.raises(OSError, match=f'{second} cannot be written'):
        write_files({tmp_path / 'first': b'new', tmp_path / second: bytes(2000)})
    assert (tmp_path / 'first').read_text() == 'old'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['file', 'first', 'folder']
    write_files({tmp_path / 'first': b'new', tmp_path / 'second': b'new'})
    assert (tmp_path / 'first').read_bytes() == (tmp_path / 'second').read_bytes() == b'new'


@pytest.mark.skipif(os.name != 'posix', reason='Windows has no such modes')
@pytest.mark.parametrize('mask', [0o077, 0o002])
def test_a_file_is_for_whom_the_umask_says(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_file(tmp_path / 'out', b'')
    finally:
        os.umask(before)
    assert (tmp_path / 'out').stat().st_mode & 0o777 == 0o666 & ~mask
