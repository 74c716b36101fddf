import pickle
from pathlib import Path

import numpy as np
import pytest

from unipose.files.shards import Shards

ARRAY = np.arange(12, dtype=np.uint8).reshape(3, 4)


def test_a_shard_is_read_as_it_was_written(tmp_path: Path) -> None:
    shards = Shards(tmp_path / 'new', 'rows')
    path = shards.write(7, ARRAY)
    assert shards.numbers() == {7: path} and path.name.startswith('rows-00007-')
    np.testing.assert_array_equal(Shards(tmp_path / 'new', 'rows').open(7), ARRAY)


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    shards = Shards(tmp_path, 'rows')
    path = shards.write(0, ARRAY)
    assert not Shards.is_damaged(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert Shards.is_damaged(path)


def test_a_shard_written_again_is_there_once(tmp_path: Path) -> None:
    shards = Shards(tmp_path, 'rows')
    first, second = shards.write(0, ARRAY), shards.write(0, ARRAY + 1)
    assert first != second and list(tmp_path.iterdir()) == [second]


def test_other_files_are_no_shards(tmp_path: Path) -> None:
    for name in ('rows-00000-12345678.npy.tmp', '.rows-00001-12345678.npy.x', 'rows-x.npy', 'manifest.json'):
        (tmp_path / name).touch()
    assert Shards(tmp_path, 'rows').numbers() == {}


def test_it_goes_to_other_processes_without_its_open_files(tmp_path: Path) -> None:
    shards = Shards(tmp_path, 'rows')
    shards.write(0, ARRAY)
    shards.open(0)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(shards)).open(0), ARRAY)


def test_a_missing_shard_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match='rows.*3.*write'):
        Shards(tmp_path, 'rows').open(3)
