"""Configs by name."""

from pathlib import Path

import pytest

from unipose.checkpoints.shipped_configs import CONFIGS, locate_config, shipped_configs
from unipose.files.read_config import read_config
from unipose.inference.load_student import read_config as read_network_config


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_all_but_fragments_have_names() -> None:
    names = shipped_configs()
    assert names['distill_small'] == CONFIGS / 'distill_small.py' and 'demo/distill' in names
    assert not any('_base_' in name for name in names)
    assert list(names)[0] == 'baseline_small' and list(names)[-1].startswith('teachers/')


@pytest.mark.parametrize(
    ('given', 'found'),
    [
        ('distill_small', 'distill_small.py'),
        ('distill_small.py', 'distill_small.py'),
        ('configs/distill_small.py', 'distill_small.py'),
        ('configs/distill_small', 'distill_small.py'),
        ('demo/distill', 'demo/distill.py'),
        (Path('sources/halpe'), 'sources/halpe.py'),
    ],
)
def test_a_name_is_found(given: str | Path, found: str) -> None:
    assert locate_config(given) == CONFIGS / found
    assert Path(read_config(given).filename) == Path(read_network_config(given).filename) == CONFIGS / found


def test_an_existing_file_wins(tmp_path: Path) -> None:
    (tmp_path / 'demo/distill').mkdir(parents=True)  # no file
    assert locate_config('demo/distill') == CONFIGS / 'demo/distill.py'
    for name in ('distill_small', 'distill_small.py'):
        Path(name).write_text('mine = True')
        assert locate_config(name) == tmp_path / name
    assert read_config('distill_small.py').mine


@pytest.mark.parametrize(
    ('given', 'said'),
    [
        ('distil_smal', 'close are distill_small, '),
        ('demo/distil.py', 'close are demo/distill, '),
        ('xyz', 'none of this name comes along. Give the path'),
    ],
)
def test_an_unknown_name(given: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        locate_config(given, "config of teacher 'coco'")
    assert str(caught.value).startswith(f"config of teacher 'coco' not found: {given}; there is no {tmp_path / given}")
    assert said in str(caught.value) and '`unipose configs` lists them' in str(caught.value)
