"""Zips: what is taken out of them, what is refused, and how they are fetched."""

import hashlib
import io
import json
import os
import stat
import zipfile
from pathlib import Path

import pytest

from unipose.checkpoints import download
from unipose.checkpoints.archive import unpack_member
from unipose.checkpoints.download import fetch
from unipose.checkpoints.manifest import DIGESTS, ManifestEntry
from unipose.checkpoints.status import check_entry
from unipose.checkpoints.transfer import DownloadError

CONTENT = os.urandom(300_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()
FOLDER = '20230831/rtmpose_onnx/rtmpose-m/'
MEMBER = 'end2end.onnx'


def packed(members=None, **options) -> bytes:
    """A zip as OpenMMLab's: the network in a folder, beside other files."""
    members = {FOLDER: b'', f'{FOLDER}pipeline.json': b'{}', FOLDER + MEMBER: CONTENT} if members is None else members
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', **options) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :]


def entry(**changes) -> ManifestEntry:
    values = dict(name='tiny', file='tiny.onnx', kind='optional', license='Apache-2.0', skeleton='coco')
    values.update(input_size=(192, 256), url='https://example.invalid/tiny-0123abcd_20230504.zip', member=MEMBER)
    return ManifestEntry(**{**values, **changes})


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def here(tmp_path) -> Path:
    (tmp_path / 'mirror').mkdir()
    (tmp_path / 'here').mkdir()
    return tmp_path / 'here'


def get(here, content=None, listed=None, **options):
    listed = listed or entry()
    if content is not None:
        (here.parent / 'mirror' / listed.archive).write_bytes(content)
    return fetch(listed, here, url_base=(here.parent / 'mirror').as_uri(), progress=False, **options)


class TestUnpack:
    @pytest.mark.parametrize('compression', [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_takes_one_file_out_wherever_it_lies(self, tmp_path, compression):
        (tmp_path / 'a.zip').write_bytes(packed(compression=compression))
        assert unpack_member(tmp_path / 'a.zip', MEMBER, tmp_path / 'out') == DIGEST
        assert (tmp_path / 'out').read_bytes() == CONTENT
        assert names(tmp_path) == ['a.zip', 'out']

    @pytest.mark.parametrize(
        ('content', 'message'),
        [
            (packed({}), 'should have one end2end.onnx, and has 0'),
            (packed({'a/other.onnx': b''}), r"has 0: \['a/other.onnx'\]"),
            (packed({'end2end.onnx/': b'', 'a': b''}), 'has 0'),
            (packed({'a/end2end.onnx': b'', 'b/end2end.onnx': b''}), 'has 2'),
            (packed({'../end2end.onnx': CONTENT}), r"lead out of it, or links: \['../end2end.onnx'\]"),
            (packed({MEMBER: CONTENT, 'a/../../x': b''}), 'lead out of it'),
            (packed({MEMBER: CONTENT, '/etc/x': b''}), 'lead out of it'),
            (packed({MEMBER: CONTENT, 'C:/x': b''}), 'lead out of it'),
            (packed({MEMBER: CONTENT, '..\\x': b''}), 'lead out of it'),
            (b'', 'not a zip file'),
            (b'<html>', 'not a zip file'),
            (packed()[:-30], 'not a zip file'),
            (packed()[1000:], 'cannot be unpacked: '),
            (flipped(packed(), 200_000), 'Bad CRC-32'),
            (flipped(packed(compression=zipfile.ZIP_DEFLATED), 200_000), 'cannot be unpacked: '),
        ],
    )
    def test_refuses_and_leaves_nothing(self, tmp_path, content, message):
        (tmp_path / 'a.zip').write_bytes(content)
        with pytest.raises(ValueError, match=message):
            unpack_member(tmp_path / 'a.zip', MEMBER, tmp_path / 'out')
        assert names(tmp_path) == ['a.zip']

    def test_refuses_links(self, tmp_path):
        link = zipfile.ZipInfo(MEMBER)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as file:
            file.writestr(link, '/etc/passwd')
        with pytest.raises(ValueError, match='or links'):
            unpack_member(tmp_path / 'a.zip', MEMBER, tmp_path / 'out')

    def test_is_interrupted_without_a_trace(self, tmp_path, monkeypatch):
        (tmp_path / 'a.zip').write_bytes(packed())
        monkeypatch.setattr(zipfile.ZipExtFile, 'read', lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            unpack_member(tmp_path / 'a.zip', MEMBER, tmp_path / 'out')
        assert names(tmp_path) == ['a.zip']


class TestFetch:
    def test_leaves_the_file_and_its_digest(self, here):
        assert get(here, packed()) is True
        assert (here / 'tiny.onnx').read_bytes() == CONTENT
        assert names(here) == [DIGESTS, 'tiny.onnx']
        assert json.loads((here / DIGESTS).read_text()) == {'tiny.onnx': DIGEST}
        assert get(here) is False
        (here / 'tiny.onnx').write_bytes(b'other')
        with pytest.raises(DownloadError, match=f'wrong digest .expected SHA-256 {DIGEST}'):
            get(here)

    def test_the_zip_is_checked_before_it_is_opened(self, here, monkeypatch):
        listed = entry(archive_sha256='0' * 64)
        monkeypatch.setattr(download, 'unpack_member', None)
        with pytest.raises(DownloadError, match=f'expected SHA-256 0000.* --accept {sha(packed())}'):
            get(here, packed(), listed)
        assert names(here) == []

    def test_a_zip_that_the_user_vouches_for(self, here):
        content = packed()
        listed = entry(archive_sha256='0' * 64, sha256='1' * 64)
        assert get(here, content, listed, accept=sha(content)) is True
        assert names(here) == [DIGESTS, 'tiny.onnx']

    def test_the_file_is_checked_too(self, here):
        with pytest.raises(DownloadError, match=f'end2end.onnx of tiny.*expected SHA-256 1111.*got {DIGEST}'):
            get(here, packed(), entry(sha256='1' * 64))
        assert names(here) == []
        assert get(here, packed(), entry(sha256=DIGEST)) is True

    def test_a_zip_that_is_there_is_unpacked(self, here):
        (here / entry().archive).write_bytes(packed())
        assert get(here) is True
        assert names(here) == [DIGESTS, 'tiny.onnx']

    def test_a_wrong_zip_that_is_there_is_left_alone(self, here):
        listed = entry(archive_sha256='0' * 64)
        (here / listed.archive).write_bytes(packed())
        with pytest.raises(DownloadError, match='left alone; to replace it, delete it'):
            get(here, None, listed)
        assert names(here) == [listed.archive]

    def test_resumes_the_zip(self, here):
        (here / (entry().archive + '.part')).write_bytes(packed()[:1000])
        assert check_entry(entry(), here) == ('partial', f'so far there is {entry().archive}.part')
        assert get(here, packed()) is True

    @pytest.mark.parametrize(
        ('content', 'message'),
        [
            (packed()[:-30], 'not a zip file. It was removed. Run the same command again'),
            (b'\n<!DOCTYPE html>', 'It was removed. It was a web page'),
            (packed({'../end2end.onnx': b''}), 'lead out of it'),
            (packed({'a': b''}), 'has 0'),
        ],
        ids=['cut short', 'web page', 'odd path', 'no file'],  # a zip's bytes hold the time
    )
    def test_a_zip_that_is_none_is_removed(self, here, content, message):
        with pytest.raises(DownloadError, match=message) as caught:
            get(here, content)
        assert '\n' not in str(caught.value)
        assert names(here) == []

    @pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs /dev/full')
    def test_a_disk_that_fills_up_keeps_the_zip(self, here):
        (here / 'tiny.onnx.part').symlink_to('/dev/full')
        with pytest.raises(DownloadError, match=r'cannot read or write .*No space left on device'):
            get(here, packed())
        assert names(here) == [entry().archive]
        assert check_entry(entry(), here)[0] == 'partial'
        assert get(here) is True

    def test_no_such_zip_says_where_to_put_it(self, here):
        with pytest.raises(DownloadError, match=f'put it at {here / entry().archive} and run this again'):
            get(here)
