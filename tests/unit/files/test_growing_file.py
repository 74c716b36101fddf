"""Files that grow are there at the end, or not at all."""

from pathlib import Path

import pytest

from unipose.files import GrowingFile


def test_it_is_there_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / 'lines.txt'
    path.write_text('older')
    with GrowingFile(path) as file:
        file.write('a\n')
        file.write('\udce4.jpg\n')
        assert path.read_text() == 'older'
    assert path.read_bytes() == b'a\n\xe4.jpg\n' and list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / 'lines.txt'
    path.write_text('older')
    with pytest.raises(RuntimeError), GrowingFile(path) as file:
        file.write('a\n')
        raise RuntimeError
    assert path.read_text() == 'older' and list(tmp_path.iterdir()) == [path]


@pytest.fixture
def full_disk(limit_files) -> None:
    """No file grows beyond 2 kB."""
    limit_files(2_000)


@pytest.mark.parametrize('lines', [300, 3000])  # seen when it is closed, and earlier
def test_a_full_disk_is_told(tmp_path: Path, full_disk: None, lines: int) -> None:
    with (
        pytest.raises(OSError, match=r'lines\.txt cannot be written \(File too large\)'),
        GrowingFile(tmp_path / 'lines.txt') as file,
    ):
        for _ in range(lines):
            file.write('0123456789\n')
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match='cannot be written'), GrowingFile(tmp_path / 'none/lines.txt'):
        pass
