import json
import math
from pathlib import Path

import numpy as np
import pytest

from unipose.files import check_writable, read_json, write_json


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / 'new' / 'metrics.json'
    write_json(
        path,
        dict(
            ap=np.float64(0.5),
            missing=math.nan,
            infinite=math.inf,
            count=np.int64(3),
            boxes=np.ones((1, 2)),
            nested=[dict(a=(1, math.nan))],
            yes=True,
            none=None,
        ),
    )
    assert json.loads(path.read_text()) == dict(
        ap=0.5, missing=None, infinite=None, count=3, boxes=[[1, 1]], nested=[dict(a=[1, None])], yes=True, none=None
    )
    assert [file.name for file in path.parent.iterdir()] == ['metrics.json']


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'metrics.json'
    path.write_text('old')
    with pytest.raises(TypeError):
        write_json(path, dict(bad=object()))

    def full(*args: object) -> None:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('os.replace', full)
    with pytest.raises(OSError, match='metrics.json cannot be written .No space left on device.; free space there'):
        write_json(path, dict(good=1))
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    (tmp_path / 'folder').mkdir()
    for path in (tmp_path / 'file' / 'metrics.json', tmp_path / 'folder'):
        for write in (check_writable, lambda path: write_json(path, {})):
            with pytest.raises(OSError, match='cannot be written .*name a file in a folder'):
                write(path)
    assert sorted(tmp_path.rglob('*')) == [tmp_path / 'file', tmp_path / 'folder']


def test_check_writable_touches_nothing(tmp_path: Path) -> None:
    path = tmp_path / 'metrics.json'
    path.write_text('old')
    check_writable(path)
    check_writable(tmp_path / 'deep' / 'new.json')
    assert path.read_text() == 'old'
    assert not list((tmp_path / 'deep').iterdir())


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / 'a.json'
    path.write_text('{"a": "\u00e4"}', encoding='utf-8-sig')
    assert read_json(path) == dict(a='\u00e4')


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (b'', r'a.json is not JSON \(Expecting value: line 1 column 1 .*; write it anew'),
        (b'{"a": 1,', r'a.json is not JSON \(Expecting property name .*; write it anew'),
        ('{"a": 1}'.encode('utf-16'), r'a.json is not JSON \(.*; if another program reads it, save it as UTF-8 there'),
    ],
)
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / 'a.json'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        read_json(path, 'write it anew')
