"""What users read of an error."""

import json

import pytest
from torch.utils.data import DataLoader, Dataset

from unipose.console.mistakes import MISTAKES, error_message
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
