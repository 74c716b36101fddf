"""tools/check_dataset.py: planted faults are found, each alone, and none in clean sets; real files; mistakes."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from mmengine.config import Config

from tests.planted_faults import COCO_FAULTS, MPII_FAULTS, drop_a_keypoint, move_the_box_out
from unipose.datasets.synthetic import generate_coco

TRAIN, VAL = 'annotations/person_keypoints_train2017.json', 'annotations/person_keypoints_val2017.json'


@pytest.fixture
def tool(run_tool):
    return partial(run_tool, 'check_dataset.py')


@pytest.fixture(scope='module')
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough people to tell what is usual among them; of other seeds, some cross their legs, which is a suspicion."""
    root = tmp_path_factory.mktemp('many')
    generate_coco(root / 'coco', {'train2017': 40, 'val2017': 8}, seed=1)
    return root / 'coco'


@pytest.fixture
def coco(many: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(many, tmp_path / 'coco'))


@pytest.fixture
def mpii(synthetic: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(synthetic / 'mpii', tmp_path / 'mpii'))


def coco_options(coco: Path) -> list:
    train = ['--ann-file', coco / TRAIN, '--images', coco / 'train2017', '--skeleton', 'coco']
    return [*train, '--val-ann-file', coco / VAL, '--val-images', coco / 'val2017']


def mpii_options(mpii: Path) -> list:
    options = ['--ann-file', mpii / 'annotations/mpii_train.json', '--images', mpii / 'images', '--skeleton', 'mpii']
    return [*options, '--val-ann-file', mpii / 'annotations/mpii_val.json']


def check(tool, folder: Path, *options: object) -> tuple[int, list[dict]]:
    """Exit code and findings."""
    done = tool(*options, '--json', folder / 'found.json')
    assert done.code in (0, 1), done.err
    return done.code, json.loads((folder / 'found.json').read_text())['findings']


def config_of(synthetic: Path, tmp_path: Path) -> Path:
    def loader(coco_split: str, mpii_split: str, test_mode: bool) -> dict:
        coco_options = dict(
            type='CocoDataset',
            data_root=f'{synthetic}/coco/',
            ann_file=f'annotations/person_keypoints_{coco_split}.json',
            data_prefix=dict(img=f'{coco_split}/'),
        )
        mpii_options = dict(
            type='MpiiDataset',
            data_root=f'{synthetic}/mpii/',
            ann_file=f'annotations/mpii_{mpii_split}.json',
            data_prefix=dict(img='images/'),
        )
        sources = dict(
            coco=dict(skeleton='coco', dataset=coco_options), mpii=dict(skeleton='mpii', dataset=mpii_options)
        )
        if not test_mode:
            boxes = dict(coco_options, type='PersonBoxDataset')
            sources['boxes'] = dict(skeleton=None, ratio=0.5, dataset=boxes)
        return dict(dataset=dict(type='UnifiedKeypointDataset', sources=sources, test_mode=test_mode))

    path = tmp_path / 'config.py'
    Config(
        dict(
            train_dataloader=loader('train2017', 'train', False),
            val_dataloader=loader('val2017', 'val', True),
        )
    ).dump(path)
    return path


def test_a_clean_config_has_no_finding(tool, synthetic: Path, tmp_path: Path) -> None:
    done = tool(config_of(synthetic, tmp_path), '--workers', 2)
    assert done.code == 0, done.out + done.err
    assert done.out.splitlines()[-1] == '0 faults, 0 suspicions, 0 notes'
    checked = {line.partition(':')[0] for line in done.out.splitlines()[:5]}
    assert checked == {'train coco', 'train mpii', 'train boxes', 'val coco', 'val mpii'}
    with (synthetic / 'coco' / TRAIN).open() as file:
        people = len(json.load(file)['annotations'])
    assert f'train coco: 12 images, {people} people, {people} of them used' in done.out


def test_clean_files_have_no_finding(tool, coco: Path, mpii: Path, tmp_path: Path) -> None:
    for options in (coco_options(coco), mpii_options(mpii), coco_options(coco)[:4]):
        for images in ([], ['--no-images']):
            assert check(tool, tmp_path, *options, *images) == (0, [])


@pytest.mark.parametrize(('plant', 'kind', 'said'), COCO_FAULTS, ids=[fault[0].__name__ for fault in COCO_FAULTS])
def test_a_planted_fault_is_found_alone(tool, coco: Path, tmp_path: Path, plant, kind: str, said: str) -> None:
    content = json.loads((coco / TRAIN).read_text())
    plant(content, coco)
    (coco / TRAIN).write_text(json.dumps(content))
    code, found = check(tool, tmp_path, *coco_options(coco))
    assert [finding['kind'] for finding in found] == [kind], found
    assert said in f'{found[0]["where"]} {found[0]["what"]}'.replace(f'{tmp_path}/', '')
    assert code == (found[0]['level'] == 'fault')


@pytest.mark.parametrize(('plant', 'kind', 'said'), MPII_FAULTS, ids=[fault[0].__name__ for fault in MPII_FAULTS])
def test_a_planted_fault_in_mpii_is_found(tool, mpii: Path, tmp_path: Path, plant, kind: str, said: str) -> None:
    file = mpii / 'annotations/mpii_train.json'
    content = json.loads(file.read_text())
    plant(content[2])
    file.write_text(json.dumps(content))
    code, found = check(tool, tmp_path, *mpii_options(mpii))
    assert [finding['kind'] for finding in found] == [kind], found
    assert code == 1
    assert said in found[0]['what'].replace(f'{tmp_path}/', '')


def test_boxes_alone(tool, coco: Path, tmp_path: Path) -> None:
    content = json.loads((coco / TRAIN).read_text())
    move_the_box_out(content, coco)
    drop_a_keypoint(content, coco)  # which is not read
    content['annotations'][0]['category_id'] = 3
    (coco / TRAIN).write_text(json.dumps(content))
    code, found = check(tool, tmp_path, *coco_options(coco)[:4])
    assert (code, [finding['kind'] for finding in found]) == (1, ['left-out', 'box-outside', 'no-people'])


def test_what_only_the_dataset_notices_is_told(tool, synthetic: Path, tmp_path: Path) -> None:
    option = 'train_dataloader.dataset.sources.coco.dataset.sample_interval=0'
    code, found = check(tool, tmp_path, config_of(synthetic, tmp_path), '--cfg-options', option)
    faults = [one for one in found if one['level'] == 'fault']
    assert (code, [one['kind'] for one in faults]) == (1, ['does-not-load'])
    assert 'sample_interval must be a whole number above 0' in faults[0]['what']


@pytest.mark.real
def test_real_files(tool, real_data: Path, tmp_path: Path) -> None:
    code, found = check(tool, tmp_path, *coco_options(real_data / 'coco'))
    assert code == 0
    assert [finding['what'] for finding in found if finding['level'] == 'suspicion'] == []  # too few people
    # both MPII files have the same five people
    code, found = check(tool, tmp_path, *mpii_options(real_data / 'mpii'))
    assert code == 1
    assert [finding['kind'] for finding in found] == ['train-and-val'] * 5


def test_mistakes_are_one_line(tool, coco: Path, tmp_path: Path) -> None:
    for name, content in {
        'text.json': 'not json',
        'list.json': '[]',
        'other.json': '{"log": {"version": "1"}}',
        'mmpose.py': "train_dataloader = dict(dataset=dict(type='CocoDataset'))",
        'bare.py': 'a = 1',
    }.items():
        (tmp_path / name).write_text(content)
    annotations = (coco / TRAIN).read_bytes()
    config, images = tmp_path / 'mmpose.py', ['--images', coco / 'train2017']
    skeleton = ['--skeleton', 'coco']
    for arguments, message in [
        ([], 'name a config, or --ann-file'),
        ([config, '--ann-file', coco / TRAIN], 'name a config, or --ann-file'),
        ([config, '--skeleton', 'coco'], 'name a config, or --ann-file'),
        ([config, '--val-ann-file', coco / VAL], 'name a config, or --ann-file'),
        (['--ann-file', coco / TRAIN], '--ann-file takes --images'),
        (['--ann-file', coco / TRAIN, *images, '--cfg-options', 'a=1'], 'no --cfg-options'),
        (['--ann-file', coco / TRAIN, *images, '--val-images', coco], '--val-images are those of a --val-ann-file'),
        ([config, '--workers', 0], '--workers must be at least 1. Got: 0'),
        (['nowhere.py'], 'config not found: nowhere.py'),
        ([config], 'no training config of this repository; check annotation files by --ann-file'),
        ([tmp_path / 'bare.py'], 'has no train_dataloader.dataset.sources'),
        (['--ann-file', 'nowhere.json', *images], 'no annotation file nowhere.json'),
        (['--ann-file', tmp_path / 'text.json', *images], 'text.json is not JSON'),
        (['--ann-file', tmp_path / 'list.json', *images], "is a list, MPII's layout; name its keypoints"),
        (['--ann-file', tmp_path / 'other.json', *images, *skeleton], 'Got: a mapping of log'),
        (['--ann-file', coco / TRAIN, '--images', coco / 'nowhere', *skeleton], 'no image folder'),
        (['--ann-file', coco / TRAIN, *images, '--skeleton', 'giraffe'], "no skeleton 'giraffe'"),
        (['--ann-file', coco / TRAIN, *images, '--json', tmp_path], 'cannot be written'),
        (['--ann-file', coco / TRAIN, *images, '--json', coco / TRAIN], 'would be written over the input'),
    ]:
        done = tool(*arguments)
        assert done.code == 2, arguments
        assert message in done.err.splitlines()[-1], (arguments, done.err)
    assert (coco / TRAIN).read_bytes() == annotations
