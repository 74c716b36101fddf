"""The manifest: what it lists, what it refuses, and what a wrong file is told."""

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from unipose.checkpoints.manifest import (
    DIGESTS,
    MANIFEST,
    ManifestEntry,
    find_entry,
    load_manifest,
    recorded_digests,
    sha256_file,
    verify_digest,
)

CONTENT = b'weights'
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def entry(**changes) -> ManifestEntry:
    values = {
        'name': 'tiny',
        'file': 'tiny.pth',
        'url': 'https://example.org/tiny.pth',
        'sha256': None,
        'sha256_prefix': DIGEST[:8],
        'license': 'Apache-2.0',
        'skeleton': 'coco',
        'input_size': (192, 256),
        'kind': 'teacher',
    }
    return ManifestEntry(**{**values, **changes})


def write(path, content=CONTENT):
    path.write_bytes(content)
    return path


def test_lists_the_two_teachers_three_backbones_and_other_kinds_of_teachers():
    manifest = load_manifest()
    assert [e.kind for e in manifest.values()] == ['teacher'] * 2 + ['backbone'] * 3 + ['optional'] * 5
    coco, mpii = manifest['rtmpose-m_coco-256x192'], manifest['rtmpose-m_mpii-256x256']
    assert (coco.skeleton, coco.input_size, coco.digest) == ('coco', (192, 256), 'd8dd5ca4')
    assert (mpii.skeleton, mpii.input_size, mpii.digest) == ('mpii', (256, 256), 'ec4dbec8')
    assert {e.license for e in manifest.values()} == {'Apache-2.0'}


def test_optional_teachers_have_a_config_and_their_digest_in_the_name():
    configs = Path(__file__).resolve().parents[3] / 'configs' / 'teachers'
    for listed in load_manifest().values():
        if listed.kind == 'optional':
            assert (configs / f'{listed.name}.py').is_file()
            assert f'-{listed.digest}_' in listed.file
            assert f'_{listed.skeleton}-' in listed.name


def test_urls_are_those_of_mmposes_own_configs():
    mmpose = find_spec('mmpose')
    folder = Path(mmpose.origin).parent / '.mim/configs/body_2d_keypoint'
    if not folder.is_dir():
        pytest.skip('the installed MMPose brings no configs')
    text = ''.join(file.read_text() for file in sorted(folder.rglob('*')) if file.suffix in ('.py', '.yml', '.md'))
    for listed in load_manifest().values():
        if listed.kind == 'optional':
            assert listed.url in text, listed.name
        else:  # MMPose's configs break these in two
            assert f'rtmposev1/{listed.file}' in text, listed.name
            assert listed.url == f'https://download.openmmlab.com/mmpose/v1/projects/rtmposev1/{listed.file}'


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'kind': 'student'}, "kind must be one of .* Got: 'student'"),
        ({'skeleton': None, 'kind': 'optional'}, 'a teacher needs a skeleton and an input_size'),
        ({'file': '../tiny.pth'}, "bare file name. Got: '../tiny.pth'"),
        ({'url': 'https://example.org/other.pth'}, 'url must end in /tiny.pth'),
        ({'sha256': 'abc'}, "64 lower-case hex digits or null. Got: 'abc'"),
        ({'sha256': '0' * 64}, 'does not start with sha256_prefix'),
        ({'sha256_prefix': 'XYZ'}, "sha256_prefix must be lower-case hex digits. Got: 'XYZ'"),
    ],
)
def test_refuses_contradictions(changes, message):
    with pytest.raises(ValueError, match=message):
        entry(**changes)


def test_reports_all_contradictions_at_once():
    with pytest.raises(ValueError, match=r'(?s)kind.*url.*sha256') as caught:
        entry(kind='student', url='x', sha256='abc')
    assert str(caught.value).count('\n  - ') == 3


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'is not valid JSON'),
        ('[]', 'must hold a JSON object. Got: list'),
        ('{"a": {"kind": "teacher"}}', r"entry 'a' must have exactly the fields .* Got: \['kind'\]"),
        ('{"a": 1}', "entry 'a' must have exactly the fields .* Got: 1"),
    ],
)
def test_refuses_a_malformed_file(tmp_path, text, message):
    path = tmp_path / 'manifest.json'
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_manifest(path)


def test_refuses_two_entries_for_one_file(tmp_path):
    raw = json.loads(MANIFEST.read_text())
    raw['again'] = raw['cspnext-s']
    path = tmp_path / 'manifest.json'
    path.write_text(json.dumps(raw))
    with pytest.raises(ValueError, match=r'more than one entry names the file .*cspnext-s_udp'):
        load_manifest(path)


def test_finds_entries_by_name_file_or_path():
    listed = load_manifest()['cspnext-s']
    assert find_entry('cspnext-s') == find_entry(listed.file) == find_entry(f'/some/where/{listed.file}') == listed
    assert find_entry('cspnext-xxl') is None


def test_sha256_of_a_file(tmp_path):
    assert sha256_file(write(tmp_path / 'a', b'')) == hashlib.sha256(b'').hexdigest()
    assert sha256_file(write(tmp_path / 'b', b'x' * 3_000_000)) == hashlib.sha256(b'x' * 3_000_000).hexdigest()


def test_a_listed_file_is_checked_against_what_is_known(tmp_path):
    path = write(tmp_path / 'tiny.pth')
    assert verify_digest(path, entry()) == DIGEST
    assert verify_digest(path, entry(sha256=DIGEST)) == DIGEST
    assert verify_digest(path, entry(sha256_prefix='')) is None  # nothing to check against


def test_a_wrong_digest_names_file_digests_and_remedy(tmp_path):
    path = write(tmp_path / load_manifest()['rtmpose-m_mpii-256x256'].file)
    with pytest.raises(ValueError, match='wrong digest') as caught:
        verify_digest(path)
    for part in (str(path), 'ec4dbec8', DIGEST, 'delete it', 'tools/download_teachers.py rtmpose-m_mpii-256x256'):
        assert part in str(caught.value)


def test_a_digest_in_the_name_is_checked(tmp_path):
    assert verify_digest(write(tmp_path / f'hrnet-{DIGEST[:8]}_20200708.pth')) == DIGEST
    with pytest.raises(ValueError, match='take the digest out of its name'):
        verify_digest(write(tmp_path / 'hrnet-0123abcd_20200708.pth'))


@pytest.mark.parametrize('name', ['epoch_10.pth', 'rtmw-l_270e-256x192-20231122.pth', 'run-12345678.pth'])
def test_other_names_are_not_checked(tmp_path, name):
    assert verify_digest(write(tmp_path / name)) is None


def test_a_recorded_digest_counts_more_than_the_prefix(tmp_path):
    path = write(tmp_path / 'tiny.pth')
    (tmp_path / DIGESTS).write_text(json.dumps({'tiny.pth': DIGEST[:8] + '0' * 56}))
    with pytest.raises(ValueError, match=f'expected SHA-256: {DIGEST[:8]}000'):
        verify_digest(path, entry())


def test_a_digest_accepted_by_hand_is_used_and_told(tmp_path):
    path = write(tmp_path / 'tiny.pth')
    (tmp_path / DIGESTS).write_text(json.dumps({'tiny.pth': DIGEST}))
    with pytest.warns(UserWarning, match='not the file that the manifest lists'):
        assert verify_digest(path, entry(sha256_prefix='0123abcd')) == DIGEST


@pytest.mark.parametrize('text', ['{', '{"tiny.pth": "abc"}', '{"tiny.pth": null}'])
def test_a_damaged_record_says_that_it_may_go(tmp_path, text):
    (tmp_path / DIGESTS).write_text(text)
    with pytest.raises(ValueError, match='delete'):
        recorded_digests(tmp_path)


def test_no_record_is_an_empty_record(tmp_path):
    assert recorded_digests(tmp_path) == {}


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        verify_digest(tmp_path / 'tiny.pth', entry())
