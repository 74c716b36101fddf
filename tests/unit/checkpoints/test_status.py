"""Where a listed file or model stands."""

import hashlib
import json

import pytest

from unipose.checkpoints.manifest import DIGESTS, ManifestEntry
from unipose.checkpoints.model_folder import INDEX, missing_files, verify_folder
from unipose.checkpoints.status import check_entry

CONTENT = b'weights'
DIGEST = hashlib.sha256(CONTENT).hexdigest()
COMMON = dict(name='tiny', kind='optional', license='Apache-2.0', skeleton='coco', input_size=(192, 256))
FILE = ManifestEntry(**COMMON, file='tiny.pth', url='https://example.org/tiny.pth', sha256_prefix=DIGEST[:8])
ZIPPED = ManifestEntry(**COMMON, file='tiny.onnx', url='https://example.org/a.zip', member='end2end.onnx')
MODEL = ManifestEntry(**COMMON, file='tiny', hub='owner/tiny')
MADE = ManifestEntry(**COMMON, file='tiny.onnx', made_from='something')


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / 'tiny'
    folder.mkdir()
    for name in ('config.json', 'preprocessor_config.json'):
        (folder / name).write_text('{}')
    (folder / 'model.safetensors').write_bytes(CONTENT)
    return folder


def test_a_file(tmp_path):
    assert check_entry(FILE, tmp_path) == ('missing', '')
    (tmp_path / 'tiny.pth.part').write_bytes(b'')
    assert check_entry(FILE, tmp_path) == ('partial', 'so far there is tiny.pth.part')
    (tmp_path / 'tiny.pth').write_bytes(b'mine')
    status, said = check_entry(FILE, tmp_path)
    assert (status, 'has the wrong digest' in said) == ('wrong digest', True)
    (tmp_path / 'tiny.pth').write_bytes(CONTENT)
    assert check_entry(FILE, tmp_path) == ('present', '')


@pytest.mark.parametrize('begun', ['a.zip', 'a.zip.part', 'tiny.onnx.part'])
def test_a_file_of_a_zip(tmp_path, begun):
    assert check_entry(ZIPPED, tmp_path) == ('missing', '')
    (tmp_path / begun).write_bytes(b'')
    assert check_entry(ZIPPED, tmp_path) == ('partial', f'so far there is {begun}')
    (tmp_path / 'tiny.onnx').write_bytes(CONTENT)
    assert check_entry(ZIPPED, tmp_path) == ('unchecked', '')
    (tmp_path / DIGESTS).write_text(json.dumps({'tiny.onnx': DIGEST}))
    assert check_entry(ZIPPED, tmp_path) == ('present', '')


def test_a_file_of_ones_own_making(tmp_path):
    assert check_entry(MADE, tmp_path) == ('missing', '')
    (tmp_path / 'tiny.onnx').write_bytes(CONTENT)
    assert check_entry(MADE, tmp_path) == ('unchecked', '')


def test_a_model(tmp_path, folder):
    assert check_entry(MODEL, tmp_path / 'elsewhere') == ('missing', '')
    assert check_entry(MODEL, tmp_path) == ('unchecked', '')
    (folder / DIGESTS).write_text(json.dumps({'model.safetensors': DIGEST}))
    assert check_entry(MODEL, tmp_path) == ('present', '')
    (folder / 'model.safetensors').write_bytes(b'other')
    assert check_entry(MODEL, tmp_path)[0] == 'wrong digest'
    (folder / 'model.safetensors').unlink()
    (folder / 'config.json').unlink()
    assert check_entry(MODEL, tmp_path) == ('partial', 'tiny/ lacks config.json, model.safetensors')


def test_weights_in_parts(folder):
    (folder / 'model.safetensors').rename(folder / 'model-00001-of-00002.safetensors')
    parts = [f'model-0000{part}-of-00002.safetensors' for part in (1, 2)]
    (folder / INDEX).write_text(json.dumps({'weight_map': dict(zip('ab', parts))}))
    assert missing_files(folder) == parts[1:]
    (folder / parts[1]).write_bytes(CONTENT)
    (folder / DIGESTS).write_text(json.dumps({parts[0]: DIGEST}))
    assert missing_files(folder) == []
    assert verify_folder(folder, MODEL) is False  # of one part nothing is known
    (folder / DIGESTS).write_text(json.dumps(dict.fromkeys(parts, DIGEST)))
    assert verify_folder(folder, MODEL) is True


@pytest.mark.parametrize('text', ['{', '[]', '{}', '{"weight_map": 1}', '{"weight_map": {"a": "../b"}}'])
def test_a_damaged_index(tmp_path, folder, text):
    (folder / INDEX).write_text(text)
    with pytest.raises(ValueError, match='delete it and fetch the model again'):
        missing_files(folder)
    assert check_entry(MODEL, tmp_path)[0] == 'wrong digest'
