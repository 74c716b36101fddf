"""RTMDet-nano where no detector is named: fetched once, checked each time, and what to do where it cannot be had."""

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.file_server import Server, serving
from unipose.checkpoints.manifest import ManifestEntry, find_entry
from unipose.commands.detectors import build_detector
from unipose.runtime import auto_detector as module
from unipose.runtime.auto_detector import auto_detector, cache_folder

NETWORK = bytes(range(256)) * 1000
FILE = 'rtmdet-nano_person-320x320.onnx'


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as file:
        file.writestr('20230831/rtmdet_onnx/rtmdet_nano/end2end.onnx', NETWORK)
        file.writestr('20230831/rtmdet_onnx/rtmdet_nano/pipeline.json', '{}')
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv('UNIPOSE_CACHE', str(tmp_path / 'kept'))
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    return tmp_path / 'kept'


@pytest.fixture
def server(folder: Path, monkeypatch: pytest.MonkeyPatch):
    with serving(zipped()) as server:
        listed = find_entry('rtmdet-nano_person-320x320')
        digest = hashlib.sha256(NETWORK).hexdigest()
        entry = replace(listed, url=f'{server.url}/{listed.archive}', sha256=digest)
        monkeypatch.setattr(module, 'find_entry', lambda _: entry)
        yield server


def test_it_is_listed() -> None:
    entry: ManifestEntry = find_entry('rtmdet-nano_person-320x320')
    assert (entry.file, entry.kind, entry.license, entry.member) == (FILE, 'detector', 'Apache-2.0', 'end2end.onnx')
    assert entry.sha256 and entry.url.startswith('https://download.openmmlab.com/')


def test_it_is_fetched_once(server: Server, folder: Path, capsys: pytest.CaptureFixture) -> None:
    assert auto_detector() == folder / FILE
    assert (folder / FILE).read_bytes() == NETWORK
    said = capsys.readouterr().err
    assert f'fetching rtmdet-nano_person-320x320 (Apache-2.0), once, from {server.url}' in said and str(folder) in said
    server.status = 500  # nobody asks again
    assert auto_detector() == folder / FILE
    assert len(server.asked) == 1 and capsys.readouterr().err == ''


def test_a_download_that_broke_off_is_resumed(server: Server, folder: Path) -> None:
    folder.mkdir()
    part = folder / 'rtmdet_nano_8xb32-100e_coco-obj365-person-05d8511e.zip.part'
    part.write_bytes(server.content[:1000])
    auto_detector()
    assert server.asked == ['bytes=1000-'] and (folder / FILE).read_bytes() == NETWORK


def test_what_was_put_there_by_hand_is_taken(server: Server, folder: Path) -> None:
    folder.mkdir()
    (folder / 'rtmdet_nano_8xb32-100e_coco-obj365-person-05d8511e.zip').write_bytes(zipped())
    server.status = 500
    assert auto_detector().read_bytes() == NETWORK and server.asked == []


def test_without_a_network_it_says_from_where_and_where_to(server: Server, folder: Path) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(OSError, match='no detector: cannot reach') as caught:
        auto_detector()
    archive = 'rtmdet_nano_8xb32-100e_coco-obj365-person-05d8511e.zip'
    for told in (f'{server.url}/{archive}', f'put it at {folder / archive} and run this again', '--det-model rtmdet'):
        assert told in str(caught.value)
    assert '\n' not in str(caught.value)


def test_another_file_in_its_place_is_refused(server: Server, folder: Path) -> None:
    auto_detector()
    (folder / FILE).write_bytes(b'other')
    with pytest.raises(OSError, match='wrong digest'):
        auto_detector()


def test_where_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('UNIPOSE_CACHE', '/srv/a')
    monkeypatch.setenv('XDG_CACHE_HOME', '/srv/b')
    assert cache_folder() == Path('/srv/a')
    monkeypatch.delenv('UNIPOSE_CACHE')
    assert cache_folder() == Path('/srv/b/unipose')
    monkeypatch.delenv('XDG_CACHE_HOME')
    assert cache_folder() == Path.home() / '.cache/unipose'


def test_what_takes_a_detector_takes_this_one(server: Server, folder: Path) -> None:
    with pytest.raises(ValueError, match=f'{folder / FILE} is no ONNX file'):  # it got as far as opening it
        build_detector('auto', None)
    with pytest.raises(ValueError, match='--det-model auto has its weights in it; leave out --det-weights'):
        build_detector('auto', 'rtmdet.pth')
