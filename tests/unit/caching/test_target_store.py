from pathlib import Path

import numpy as np
import pytest

from unipose.caching import LoadTeacherTargets, TargetStore
from unipose.files import shard_store
from unipose.files.shards import Shards

FINGERPRINT = dict(skeleton=['nose', 'hip'], canvas=(256, 256), teachers=dict(coco=dict(checkpoint='ab12')))


def create(folder: Path, **changes) -> TargetStore:
    options = dict(fingerprint=FINGERPRINT, keypoints=dict(coco=2), num_samples=5, num_views=2, leaves=4, shard_size=3)
    return TargetStore.create(folder, **options | changes)


def fill(store: TargetStore, shards: range | None = None) -> TargetStore:
    """Records whose bytes say which they are."""
    for shard in shards or range(store.num_shards):
        pairs = store.pairs(shard)
        records = np.zeros(len(pairs), store.dtype)
        records['index'], records['view'] = np.transpose(pairs)
        records['coco'] = (10 * records['view'] + records['index'])[:, None, None]
        store.write(shard, records)
    return store


def test_every_view_of_every_sample_has_a_record(tmp_path: Path) -> None:
    store = fill(create(tmp_path))
    assert len(store) == 10 and store.num_shards == 4 and not store.missing()
    for view in range(2):
        for index in range(5):
            record = store.read(index, view)
            assert (record['index'], record['view']) == (index, view)
            assert record['coco'].shape == (2, 14) and (record['coco'] == 10 * view + index).all()


def test_what_was_written_is_not_wanted_again(tmp_path: Path) -> None:
    fill(create(tmp_path), range(2))
    again = create(tmp_path)
    assert again.missing() == [2, 3]
    with pytest.raises(ValueError, match='2 of 4 files are missing.*unipose cache'):
        again.check_fits(FINGERPRINT)


def test_a_folder_of_other_targets_is_not_written_into(tmp_path: Path) -> None:
    fill(create(tmp_path), range(1))
    with pytest.raises(ValueError, match='num_views: there 2, asked for 3'):
        create(tmp_path, num_views=3)


def test_an_empty_folder_of_other_targets_is_taken_over(tmp_path: Path) -> None:
    create(tmp_path)
    assert create(tmp_path, num_views=3).num_views == 3


def test_what_differs_is_named(tmp_path: Path) -> None:
    store = fill(create(tmp_path))
    store.check_fits(FINGERPRINT)
    other = dict(FINGERPRINT, canvas=(192, 256), teachers=dict(coco=dict(checkpoint='cd34')))
    with pytest.raises(ValueError, match=r"(?s)canvas\[0\]: stored 256.*teachers.coco.checkpoint: stored 'ab12'"):
        store.check_fits(other)


def test_what_older_stores_do_not_say_is_of_the_first_versions(tmp_path: Path) -> None:
    store = fill(create(tmp_path))
    now = dict(FINGERPRINT, preprocessor='PhotometricPreprocessor', code_versions=dict(views=1, SimCCAdapter=1))
    store.check_fits(now)
    assert create(tmp_path, fingerprint=now).missing() == []
    changed = dict(now, code_versions=dict(views=1, SimCCAdapter=2))
    with pytest.raises(ValueError, match=r'(?s)where code_versions differ.*SimCCAdapter: stored 1, this') as one:
        store.check_fits(changed)
    assert str(one.value).count('  - ') == 1
    with pytest.raises(ValueError, match='code_versions.SimCCAdapter: there 1, asked for 2'):
        create(tmp_path, fingerprint=changed)


def test_the_preprocessor_is_asked_for_where_it_is_known(tmp_path: Path) -> None:
    known = dict(FINGERPRINT, preprocessor='PoseDataPreprocessor', code_versions=dict(views=2))
    store = fill(create(tmp_path, fingerprint=known))
    store.check_fits(known)
    with pytest.raises(ValueError, match="preprocessor: stored 'PoseDataPreprocessor', this config 'Photometric"):
        store.check_fits(dict(known, preprocessor='PhotometricPreprocessor'))


def test_a_damaged_shard_is_found_and_written_again(tmp_path: Path) -> None:
    store = fill(create(tmp_path))
    path = store.shards.numbers()[1]
    content = bytearray(path.read_bytes())
    content[-3] ^= 255
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f'{path.name} is damaged.*run the same unipose cache'):
        store.check_content()
    store.remove_damaged()
    assert store.missing() == [1]
    fill(store, range(1, 2)).check_content()


def test_processes_share_the_reading_and_all_of_them_hear_of_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = fill(create(tmp_path))
    read: list[Path] = []
    monkeypatch.setattr(Shards, 'is_damaged', staticmethod(lambda path: read.append(path)))
    monkeypatch.setattr(shard_store, 'get_dist_info', lambda: (1, 2))
    store.check_content()
    assert read == store.files()[1::2]
    monkeypatch.setattr(shard_store, 'all_gather_object', lambda mine: [[Path('of-another')], mine])
    with pytest.raises(ValueError, match='of-another is damaged'):
        store.check_content()


def test_no_store_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match='unipose cache'):
        TargetStore(tmp_path / 'nothing')


def test_a_store_of_another_format_is_refused(tmp_path: Path) -> None:
    create(tmp_path)
    manifest = tmp_path / 'manifest.json'
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 0'))
    with pytest.raises(ValueError, match='format 0'):
        TargetStore(tmp_path)


def test_the_transform_replays_stored_views_in_turn(tmp_path: Path) -> None:
    fill(create(tmp_path))
    transform = LoadTeacherTargets(str(tmp_path))
    for view in (0, 1, 2, 5):
        results = transform(dict(index=3, view=view, seed=0))
        assert results['view'] == view % 2
        assert (results['teacher_targets']['coco'] == 10 * (view % 2) + 3).all()
        assert list(results['teacher_targets']) == ['coco']


def test_targets_that_move_keep_the_view_and_bring_the_box_that_they_were_seen_in(tmp_path: Path) -> None:
    store = create(tmp_path, num_views=1, moves=True)
    records = np.zeros(5, store.dtype)
    records['index'], records['box'] = range(5), np.arange(5)[:, None, None]
    for shard in range(store.num_shards):
        store.write(shard, records[list(store.numbers(shard))])
    found = LoadTeacherTargets(str(tmp_path)).transform(dict(index=3, view=7))
    assert found['view'] == 7 and found['seen_box'].tolist() == [[[3, 3], [3, 3], [3, 3]]]
    assert list(found['teacher_targets']) == ['coco']


@pytest.mark.parametrize('part', ['coco', 'box'])
def test_what_is_no_finite_number_is_refused_by_name(tmp_path: Path, part: str) -> None:
    store = create(tmp_path, num_samples=3, num_views=1, moves=True)
    records = np.zeros(3, store.dtype)
    records['index'] = range(3)
    if part == 'box':
        records['box'][2, 1] = np.inf
    else:
        records['coco'][2, 1, -2:] = np.array([np.nan], np.float16).view(np.uint8)
    with pytest.raises(ValueError, match=f'{part} of sample 2, view 0 is no finite number'):
        store.write(0, records)
    assert store.missing() == [0]


def test_what_records_lack_is_told_until_they_are_written_anew(tmp_path: Path) -> None:
    store = create(tmp_path)
    records = [np.zeros(len(store.pairs(shard)), store.dtype) for shard in (0, 2)]
    store.write(0, records[0], ['sample 1, view 0: a.jpg'])
    store.write(2, records[1], ['sample 2, view 1: b.jpg', 'sample 3, view 1: c.jpg'])
    assert [gap[-5:] for gap in TargetStore(tmp_path).gaps()] == ['a.jpg', 'b.jpg', 'c.jpg']
    assert (tmp_path / 'gaps-00002.txt').read_text().count('\n') == 2
    store.write(2, records[1])
    assert [gap[-5:] for gap in store.gaps()] == ['a.jpg'] and not (tmp_path / 'gaps-00002.txt').exists()
