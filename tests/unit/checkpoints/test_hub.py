"""Models of the hub: what is asked for, what is kept, and what is said when it fails."""

import json
import subprocess
import sys
import threading
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from unipose.checkpoints.download import fetch
from unipose.checkpoints.hub import PATTERNS
from unipose.checkpoints.manifest import DIGESTS, ManifestEntry, sha256_file
from unipose.checkpoints.model_folder import INDEX
from unipose.checkpoints.transfer import DownloadError

FILES = {'config.json': b'{}', 'preprocessor_config.json': b'{}', 'model.safetensors': b'weights'}
TOOL = Path(__file__).resolve().parents[3] / 'tools' / 'download_teachers.py'


def entry(**changes) -> ManifestEntry:
    values = dict(name='tiny', file='tiny', kind='optional', license='Apache-2.0', skeleton='coco', hub='owner/tiny')
    return ManifestEntry(**{**values, 'input_size': (192, 256), **changes})


class Hub:
    """Stands in for ``huggingface_hub``."""

    def __init__(self) -> None:
        self.files, self.asked, self.error = dict(FILES), [], None

    def snapshot_download(self, repo_id, **options):
        self.asked.append((repo_id, options))
        options['local_dir'].mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (options['local_dir'] / name).write_bytes(content)
        if self.error:
            raise self.error


@pytest.fixture
def hub(monkeypatch) -> Hub:
    hub = Hub()
    monkeypatch.setitem(sys.modules, 'huggingface_hub', SimpleNamespace(snapshot_download=hub.snapshot_download))
    return hub


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_fetches_into_a_folder_and_records_digests(hub, tmp_path):
    assert fetch(entry(revision='v1'), tmp_path) is True
    ((repo, options),) = hub.asked
    assert (repo, options['revision'], options['local_dir']) == ('owner/tiny', 'v1', tmp_path / 'tiny')
    assert names(tmp_path / 'tiny') == [*sorted(FILES)[:1], DIGESTS, *sorted(FILES)[1:]]
    recorded = json.loads((tmp_path / 'tiny' / DIGESTS).read_text())
    assert recorded == {'model.safetensors': sha256_file(tmp_path / 'tiny/model.safetensors')}
    assert fetch(entry(), tmp_path) is False
    assert len(hub.asked) == 1


def test_asks_for_nothing_that_could_run(hub, tmp_path):
    fetch(entry(), tmp_path)
    assert hub.asked[0][1]['allow_patterns'] == list(PATTERNS)
    assert all(pattern.endswith(('.json', '.safetensors')) for pattern in PATTERNS)


def test_a_model_that_is_there_is_checked_and_recorded(hub, tmp_path):
    (tmp_path / 'tiny').mkdir()
    for name, content in FILES.items():
        (tmp_path / 'tiny' / name).write_bytes(content)
    assert fetch(entry(), tmp_path, url_base='https://example.invalid') is False
    (tmp_path / 'tiny/model.safetensors').write_bytes(b'other')
    with pytest.raises(DownloadError, match='has the wrong digest'):
        fetch(entry(), tmp_path)
    assert hub.asked == []


def test_weights_in_parts(hub, tmp_path):
    parts = {'model-00001-of-00002.safetensors': b'a', 'model-00002-of-00002.safetensors': b'b'}
    index = {'weight_map': {'x': 'model-00001-of-00002.safetensors', 'y': 'model-00002-of-00002.safetensors'}}
    hub.files = {**FILES, **parts, INDEX: json.dumps(index).encode()}
    del hub.files['model.safetensors']
    assert fetch(entry(), tmp_path) is True
    assert sorted(json.loads((tmp_path / 'tiny' / DIGESTS).read_text())) == sorted(parts)


def test_what_is_not_complete_is_not_taken_for_a_model(hub, tmp_path):
    del hub.files['model.safetensors']
    with pytest.raises(DownloadError, match='still lacks model.safetensors; run the same command again to resume'):
        fetch(entry(), tmp_path)
    hub.files = FILES
    assert fetch(entry(), tmp_path) is True


def test_says_how_to_install_what_fetches(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'huggingface_hub', None)
    with pytest.raises(DownloadError, match=r'pip install huggingface_hub, or put config.json.* into .*tiny') as caught:
        fetch(entry(), tmp_path)
    assert '\n' not in str(caught.value)
    assert names(tmp_path) == []


@pytest.mark.parametrize('error', [OSError(28, 'No space left'), ValueError('bad id.'), RuntimeError('401\n  Gated')])
def test_whatever_the_hub_says_is_one_line(hub, tmp_path, monkeypatch, error):
    hub.error = error
    monkeypatch.setenv('HF_ENDPOINT', 'https://mirror.invalid/')
    with pytest.raises(
        DownloadError, match=r'owner/tiny cannot be fetched: .*again to resume.*hf auth login'
    ) as caught:
        fetch(entry(), tmp_path)
    assert 'of https://mirror.invalid/owner/tiny into' in str(caught.value)
    assert '\n' not in str(caught.value)
    assert '..' not in str(caught.value)


def test_a_mirror_of_files_is_none_of_the_hub(hub, tmp_path):
    with pytest.raises(DownloadError, match='--url-base does not reach: set HF_ENDPOINT'):
        fetch(entry(), tmp_path, url_base='https://example.invalid')
    assert hub.asked == []


class Handler(BaseHTTPRequestHandler):
    """As much of the hub as its client asks for."""

    files = {**FILES, 'tiny_own_name.safetensors': b'twice', 'pytorch_model.bin': b'code', 'modeling.py': b'code'}
    commit = 'c' * 40

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path, headers = self.path.partition('?')[0], {'Content-Type': 'application/json'}
        content, code = b'{}', 200
        if '/tree/' in path:
            tree = [dict(type='file', path=n, size=len(c), oid=sha1(c).hexdigest()) for n, c in self.files.items()]
            content = json.dumps(tree).encode()
        elif path.startswith('/api/models/'):
            content = json.dumps(dict(id='owner/tiny', sha=self.commit)).encode()
        elif '/resolve/' in path and path.rpartition('/')[2] in self.files:
            self.server.fetched.add(path.rpartition('/')[2])
            content = self.files[path.rpartition('/')[2]]
            headers = {'ETag': f'"{sha1(content).hexdigest()}"', 'X-Repo-Commit': self.commit}
        else:
            code = 404
        self.send_response(code)
        for name, value in {**headers, 'Content-Length': str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == 'GET':
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.mark.skipif(find_spec('huggingface_hub') is None, reason='huggingface_hub is not installed')
def test_the_real_client_takes_these_files_alone(tmp_path, monkeypatch):
    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.fetched = set()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv('HF_ENDPOINT', f'http://127.0.0.1:{server.server_address[1]}')  # read when it is imported
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    monkeypatch.delenv('HF_HUB_OFFLINE', raising=False)
    command = [sys.executable, str(TOOL), 'vitpose-b_coco-256x192', '--dir', str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    server.shutdown()
    server.server_close()
    thread.join()
    assert done.returncode == 0, done.stderr
    assert server.fetched == set(FILES)
    folder = tmp_path / 'vitpose-b_coco-256x192'
    assert {path.name for path in folder.iterdir() if path.is_file()} == {*FILES, DIGESTS}
    assert done.stdout.startswith('vitpose-b_coco-256x192 (Apache-2.0): fetched, and its digest recorded')
