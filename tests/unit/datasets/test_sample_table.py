import pickle
from typing import Any

import numpy as np
import pytest

from unipose.datasets.sample_table import SampleTable


def samples() -> list[dict[str, Any]]:
    return [
        dict(
            id=10 + index,
            path=f'{index}.jpg',
            box=np.full((1, 4), index, np.float32),
            area=np.array(index / 2, np.float32),
            joints=np.arange(index + 1),
            mixed=np.zeros(2) if index else None,
            names=np.array(['a', None], object),
            left_out=np.zeros(3),
            **(dict(head=np.ones(1)) if index == 1 else {}),
        )
        for index in range(3)
    ]


def same(one: Any, other: Any) -> bool:
    alike = type(one) is type(other) and getattr(one, 'dtype', None) == getattr(other, 'dtype', None)
    return alike and np.shape(one) == np.shape(other) and np.array_equal(one, other)


def test_samples_come_back_as_they_were() -> None:
    keys = [key for key in samples()[1] if key != 'left_out']
    table = SampleTable.of(samples(), keys)
    assert set(table.arrays) == {'box', 'area'}
    for found, given in zip(pickle.loads(pickle.dumps(table)), samples(), strict=True):
        given.pop('left_out')
        assert set(found) == set(given) and all(same(found[key], given[key]) for key in given)
    assert table[-1]['id'] == 12 and [sample['id'] for sample in table[:2]] == [10, 11] and len(table) == 3
    with pytest.raises(IndexError):
        table[3]


def test_a_sample_is_its_owners() -> None:
    table = SampleTable.of(samples(), ['box', 'joints'])
    table[0]['box'][:] = table[0]['joints'][:] = 9
    assert same(table[0]['box'], samples()[0]['box']) and table[0]['joints'].tolist() == [0]


def test_no_samples() -> None:
    table = SampleTable.of([], ['box'])
    assert len(table) == 0 and list(table) == [] and table.arrays == {}
