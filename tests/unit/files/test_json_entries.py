import json
from pathlib import Path
from typing import Any

import pytest

from unipose.files import json_entries
from unipose.files.json_entries import read_json_entries

CONTENT = {
    'info': {'year': 2017, 'of': [1, [], {}]},
    'images': [{'id': 12, 'file_name': 'a "b" \\ ü \u2028.jpg'}, {'id': -1.5e-7}, 123456, [], None],
    'empty': [],
    'annotations': [],
    'version': 12345.678,
    'last': 17,
}


def read(path: Path, text: str, *keys: str) -> tuple[dict[str, Any], dict[str, list]]:
    path.write_text(text, encoding='utf-8')
    lists: dict[str, list] = {key: [] for key in keys}
    return read_json_entries(path, {key: entries.append for key, entries in lists.items()}), lists


@pytest.mark.parametrize('piece', [1, 2, 3, 7, 2**20])
@pytest.mark.parametrize('style', [dict(), dict(indent=2), dict(separators=(',', ':')), dict(ensure_ascii=False)])
def test_it_reads_what_json_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, style: dict) -> None:
    monkeypatch.setattr(json_entries, '_PIECE', piece)
    rest, lists = read(tmp_path / 'a.json', f'\n {json.dumps(CONTENT, **style)} \n', 'images', 'annotations')
    assert rest | lists == CONTENT and list(rest) == ['info', 'empty', 'version', 'last']


def test_entries_are_not_kept(tmp_path: Path) -> None:
    (tmp_path / 'a.json').write_text(json.dumps(CONTENT))
    assert 'images' not in read_json_entries(tmp_path / 'a.json', dict(images=lambda image: None))


@pytest.mark.parametrize(
    'text',
    [
        '',
        '[]',
        '{"images": [1]',
        '{"images": [1}',
        '{"images": [1,]}',
        '{"images": [1 2]}',
        '{"images": [1], }',
        '{"images": [1]} 2',
        '{"images": {"a": 1}}',
        '{"images" [1]}',
        '{"images": [1], "images": [2]}',
        '{"images": [1], "a": 1, "a": 2}',
        '{1: 2, "images": []}',
        '{"a": 1}',
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError):
        read(tmp_path / 'a.json', text, 'images')
