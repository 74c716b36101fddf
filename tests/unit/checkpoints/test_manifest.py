"""The manifest: what it lists, what it refuses, and what a wrong file is told."""

import hashlib
import json
import re
from importlib import metadata
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
from unipose.skeletons import load_skeleton

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


def zipped(**changes) -> ManifestEntry:
    values = dict(file='tiny.onnx', url='https://example.org/a-0123abcd_20230504.zip', member='end2end.onnx')
    return entry(**{**values, 'sha256_prefix': '', **changes})


def hub_model(**changes) -> ManifestEntry:
    return entry(**{'file': 'tiny', 'url': None, 'hub': 'owner/tiny', 'sha256_prefix': '', **changes})


def mmpose_configs() -> str:
    folder = Path(find_spec('mmpose').origin).parent / '.mim/configs'
    if not folder.is_dir():
        pytest.skip('the installed MMPose brings no configs')
    return ''.join(file.read_text() for file in sorted(folder.rglob('*')) if file.suffix in ('.py', '.yml', '.md'))


def test_lists_the_two_teachers_four_backbones_other_kinds_of_teachers_and_a_detector():
    manifest = load_manifest()
    assert [e.kind for e in manifest.values()] == ['teacher'] * 2 + ['backbone'] * 4 + ['optional'] * 24 + ['detector']
    coco, mpii = manifest['rtmpose-m_coco-256x192'], manifest['rtmpose-m_mpii-256x256']
    assert (coco.skeleton, coco.input_size, coco.digest) == ('coco', (192, 256), 'd8dd5ca4')
    assert (mpii.skeleton, mpii.input_size, mpii.digest) == ('mpii', (256, 256), 'ec4dbec8')
    assert {name for name, e in manifest.items() if e.license != 'Apache-2.0'} == {'sapiens2-0.4b-1024x768'}
    assert manifest['sapiens2-0.4b-1024x768'].license == 'Sapiens2 License'


def test_skeletons_are_known_and_their_sizes_are_those_of_the_names():
    for listed in load_manifest().values():
        if listed.kind in ('teacher', 'optional'):
            load_skeleton(listed.skeleton)
            assert listed.name.endswith(f'{listed.input_size[1]}x{listed.input_size[0]}')


def test_optional_checkpoints_have_a_config_and_their_digest_in_the_name():
    configs = Path(__file__).resolve().parents[3] / 'configs' / 'teachers'
    for listed in load_manifest().values():
        if listed.kind == 'optional' and listed.file.endswith('.pth'):
            assert (configs / f'{listed.name}.py').is_file()
            assert f'-{listed.digest}_' in listed.file
            assert f'_{listed.skeleton}-' in listed.name


def test_urls_are_those_of_mmposes_own_configs():
    text = re.sub(r"'\s*\n\s*'", '', mmpose_configs())  # where they break an address in two
    for listed in load_manifest().values():
        if listed.file.endswith('.pth'):
            assert listed.url in text, listed.name


def test_urls_of_teachers_zips_are_those_of_rtmlib():
    try:
        text = metadata.metadata('rtmlib').get_payload()
    except metadata.PackageNotFoundError:
        pytest.skip('rtmlib is not installed')
    zips = [listed for listed in load_manifest().values() if listed.archive and listed.kind != 'detector']
    assert len(zips) == 8
    for listed in zips:
        assert listed.url in text, listed.name
        assert f'{listed.input_size[1]}x{listed.input_size[0]}' in listed.url
        assert listed.file == f'{listed.name}.onnx'


def test_the_digits_in_the_name_of_a_zip_are_those_of_the_checkpoint():
    """So they cannot be the zip's own, and none is listed by them."""
    text, zips = mmpose_configs(), [listed for listed in load_manifest().values() if listed.archive]
    same = [listed.name for listed in zips if listed.archive.replace('.zip', '.pth') in text]
    assert same == [
        'rtmpose-m_body7-256x192',
        'rtmpose-l_body7-256x192',
        'rtmpose-m_halpe26-256x192',
        'rtmpose-l_halpe26-256x192',
        'rtmpose-x_halpe26-384x288',
    ]
    assert {listed.sha256_prefix for listed in zips} == {''}


@pytest.mark.parametrize(
    ('make', 'changes', 'message'),
    [
        (entry, {'url': None}, r'exactly one of url, hub and made_from .* Got: \[\]'),
        (entry, {'hub': 'owner/tiny'}, r"exactly one of .* Got: \['url', 'hub'\]"),
        (entry, {'url': 'https://example.org/tiny.zip', 'file': 'tiny.zip'}, 'a url of a .zip, and no other, needs'),
        (entry, {'member': 'end2end.onnx'}, 'a url of a .zip, and no other, needs a member'),
        (entry, {'archive_sha256': DIGEST}, 'archive_sha256 goes with member'),
        (entry, {'revision': 'main'}, 'a revision goes with hub'),
        (entry, {'license': ''}, 'license must not be empty'),
        (zipped, {'member': 'a/end2end.onnx'}, 'a bare file name'),
        (zipped, {'archive_sha256': 'abc'}, "archive_sha256 must be 64 .* Got: 'abc'"),
        (hub_model, {'hub': 'tiny'}, "hub must be owner/model. Got: 'tiny'"),
        (hub_model, {'sha256_prefix': '0123abcd'}, 'sha256 and sha256_prefix go with url'),
    ],
)
def test_refuses_mixtures_of_kinds(make, changes, message):
    assert make() == make()
    with pytest.raises(ValueError, match=message):
        make(**changes)


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
        ('{', 'is not JSON'),
        ('[]', 'must hold a JSON object. Got: list'),
        ('{"a": {"kind": "teacher", "size": 1}}', r"lacks \['file', 'license', .*unknown \['size'\]; known: \['file'"),
        ('{"a": 1}', "entry 'a' must be a JSON object. Got: 1"),
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
    for part in (str(path), 'ec4dbec8', DIGEST, 'delete it', 'unipose download rtmpose-m_mpii-256x256'):
        assert part in str(caught.value)


def test_a_digest_in_the_name_is_checked(tmp_path):
    assert verify_digest(write(tmp_path / f'hrnet-{DIGEST[:8]}_20200708.pth')) == DIGEST
    with pytest.raises(ValueError, match='take the digest out of its name'):
        verify_digest(write(tmp_path / 'hrnet-0123abcd_20200708.pth'))


@pytest.mark.parametrize(
    'name', ['epoch_10.pth', 'rtmw-l_270e-256x192-20231122.pth', 'run-12345678.pth', 'rtmpose-0123abcd_20230504.zip']
)
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


def test_the_weights_of_a_hub_model_are_checked_against_the_record_in_their_folder(tmp_path):
    folder = tmp_path / 'vitpose-b_coco-256x192'
    folder.mkdir()
    path = write(folder / 'model.safetensors')
    assert verify_digest(path) is None
    (folder / DIGESTS).write_text(json.dumps({path.name: DIGEST}))
    assert verify_digest(path) == DIGEST
    write(path, b'other')
    with pytest.raises(ValueError, match=r'wrong digest(?s:.*)unipose download vitpose-b_coco-256x192'):
        verify_digest(path)


def test_other_files_in_a_folder_that_is_called_like_an_entry_are_not_checked(tmp_path):
    folder = tmp_path / load_manifest()['cspnext-s'].file
    folder.mkdir()
    assert verify_digest(write(folder / 'epoch_1.pth')) is None


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
