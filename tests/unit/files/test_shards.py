import os
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


def test_open_shards_hold_no_descriptors_and_are_not_to_be_written_to(tmp_path: Path) -> None:
    shards, kind = Shards(tmp_path, 'rows'), np.dtype([('place', '<i8'), ('bytes', 'u1', 3)])
    arrays = [ARRAY, np.zeros(2, kind), np.zeros(0, np.uint8)]
    for number, array in enumerate(arrays):
        shards.write(number, array)
    before = len(os.listdir('/proc/self/fd'))
    opened = [shards.open(number) for number in range(3)]
    assert len(os.listdir('/proc/self/fd')) == before
    for array, found in zip(arrays, opened):
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)
        assert not found.flags.writeable


def test_all_shards_of_a_large_store_stay_open(tmp_path: Path) -> None:
    shards = Shards(tmp_path, 'rows')
    for number in range(3):
        shards.write(number, ARRAY)
    first = [shards.open(number) for number in range(3)]
    assert all(shards.open(number) is array for number, array in enumerate(first))
    assert shards.open.cache_parameters()['maxsize'] > 673  # crops of COCO and MPII
