import os
from pathlib import Path

import pytest

from unipose.skeletons import load_skeleton


def test_a_skeleton_can_be_named_in_many_ways(tmp_path: Path) -> None:
    coco = load_skeleton('coco')
    own = tmp_path / 'own.py'
    own.write_text(f'dataset_info = {coco.to_metainfo()!r}')
    assert load_skeleton(coco) is coco
    assert load_skeleton(str(own)) == load_skeleton(own) == load_skeleton(coco.to_metainfo()) == coco
    assert load_skeleton(f'mpii+{own}') == load_skeleton(['mpii', own]) == load_skeleton('mpii+coco')
    assert load_skeleton(['coco', 'mpii']) == load_skeleton('coco+mpii') == load_skeleton('coco + mpii')


def test_a_file_is_read_again_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lsp, mpii = (f'dataset_info = {load_skeleton(name).to_metainfo()!r}' for name in ('lsp', 'mpii'))
    file = tmp_path / 'mine.py'
    file.write_text(lsp)
    assert len(load_skeleton(file)) == 14
    file.write_text(mpii)
    os.utime(file, (0, 0))
    assert len(load_skeleton(file)) == 16
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other/mine.py').write_text(lsp)
    for folder, keypoints in ((tmp_path, 16), (tmp_path / 'other', 14)):  # the same name, elsewhere
        monkeypatch.chdir(folder)
        assert len(load_skeleton('mine.py')) == keypoints


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(FileNotFoundError, match="no skeleton 'cocoo'.*crowdpose"):
        load_skeleton('cocoo')


def test_a_file_without_dataset_info_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / 'empty.py'
    empty.write_text('x = 1')
    with pytest.raises(ValueError, match='defines no dataset_info'):
        load_skeleton(empty)


def test_other_types_are_refused() -> None:
    with pytest.raises(TypeError, match='Got: int'):
        load_skeleton(17)
