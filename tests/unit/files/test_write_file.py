import pytest

from unipose.files import write_file


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
