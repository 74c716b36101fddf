"""Folders of configs for people of one's own: what they say, like which config they are, and what is refused."""

from pathlib import Path

import pytest

from tests.yolo_files import dataset
from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.init.layout import layout_of
from unipose.commands.init.project import write_project
from unipose.datasets.source import Source
from unipose.files.read_config import read_config
from unipose.inference.load_student import build_network
from unipose.skeletons import load_skeleton

MINE = REPOSITORY / 'docs/own_data/skeleton.py'  # 10 keypoints, 4 of them COCO's


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ('like', 'teachers', 'keypoints'),
    [
        ('distill_small', ['coco', 'mpii'], 27),
        ('distill_tiny', ['vitpose_b', 'aic'], 25),
        ('baseline_small', ['coco'], 23),
        ('distill_small_coco-mpii-aic', ['aic', 'rtmpose_m_halpe26'], 29),
        ('distill_small_public', ['mpii'], 22),
        ('demo/distill.py', ['mpii'], 22),
    ],
)
def test_a_student_of_its_teachers_and_ones_own_keypoints(like: str, teachers: list[str], keypoints: int) -> None:
    write_project(Path('my_pose'), str(MINE), teachers, None, like)
    config = read_config('my_pose/distill_my_pose.py')
    model, root = config.model, Path('my_pose/data').absolute()
    assert {name for name, entry in model.teachers.items() if entry} == set(teachers)
    skeleton = load_skeleton(model.skeleton)
    assert len(skeleton) == keypoints == build_network(config).head.out_channels
    assert set(load_skeleton(MINE).names) <= set(skeleton.names)
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        assert load_skeleton(loader.dataset.skeleton).names == skeleton.names
        ((name, source),) = [(name, source) for name, source in loader.dataset.sources.items() if source]
        assert name == 'mine' and Path(source.dataset.data_root) == root
    for evaluator in (config.val_evaluator, config.test_evaluator):
        assert [name for name, metric in evaluator.metrics.items() if metric] == ['mine']
        assert Path(evaluator.metrics.mine.ann_file) == root / 'val.json'


def test_known_skeletons_are_one_name() -> None:
    write_project(Path('people'), 'coco+mpii', ['coco', 'mpii'], Path('data/mine'), 'distill_small')
    config = read_config('people/distill_people.py')
    assert config.model.skeleton == config.own == 'coco+mpii' and config.model.head.out_channels == 21
    assert config.train_dataloader.dataset.sources.mine.dataset.data_root == 'data/mine/'
    assert not Path('people/skeleton.py').exists()


def test_a_skeleton_that_is_there_already_stays() -> None:
    Path('my_pose').mkdir()
    text = MINE.read_text()
    Path('my_pose/skeleton.py').write_text(text)
    write_project(Path('my_pose'), 'my_pose/skeleton.py', ['coco'], None, 'demo/distill')
    assert Path('my_pose/skeleton.py').read_text() == text
    assert read_config('my_pose/distill_my_pose.py').own == str(Path('my_pose/skeleton.py').absolute())


def test_the_readme_says_what_is_missing_and_what_to_run() -> None:
    readme = write_project(Path('my_pose'), 'coco', ['coco', 'vitpose_b'], Path('data/mine'), 'distill_small')
    assert readme == Path('my_pose/README.md').read_text()
    assert 'put `train.json`, `train/`, `val.json`, `val/` into `data/mine`' in readme
    assert 'unipose download rtmpose-m_coco-256x192 vitpose-b_coco-256x192 cspnext-s\n' in readme
    assert 'epoch_420.pth' in readme
    readme = write_project(Path('small'), 'coco', ['coco'], Path('data/mine'), 'demo/distill')
    assert 'download' not in readme and 'epoch_16.pth' in readme


def test_a_pose_dataset_of_yolo_is_read_as_it_is(here: Path) -> None:
    flips = list(load_skeleton('coco').flip_indices)
    for split in ('train', 'val'):
        row = '0 0.5 0.5 0.9 0.9' + ' 0.4 0.6 2' * 17
        dataset(here / 'yolo', dict(a=row), split, kpt_shape=[17, 3], flip_idx=flips)
    readme = write_project(Path('people'), 'coco', ['coco'], Path('yolo'), 'distill_small')
    assert 'labels are those of `data.yaml`' in readme and 'To do first' not in readme
    config = read_config('people/distill_people.py')
    for loader in (config.train_dataloader, config.val_dataloader):
        source = loader.dataset.sources.mine
        assert len(Source('mine', union=load_skeleton('coco'), **source)) == 1
    assert config.val_evaluator.metrics.mine.to_dict() == dict(
        type='YoloKeypointMetric', skeleton='coco', ann_file='yolo/data.yaml', split='val'
    )


def test_layouts(here: Path) -> None:
    assert layout_of(here).ann_file == '{split}.json' and len(layout_of(here).missing(here)) == 4
    (here / 'annotations').mkdir()
    (here / 'annotations/person_keypoints_val2017.json').touch()
    coco = layout_of(here)
    assert coco.ann_file.startswith('annotations/') and coco.missing(here) == [
        'annotations/person_keypoints_train2017.json',
        'train2017/',
        'val2017/',
    ]


@pytest.mark.parametrize(
    ('changes', 'said'),
    [
        (dict(teachers=['coc']), 'there is no teacher coc; close are coco. There are .*vitpose_b.*aic'),
        (dict(skeleton='coc'), "no skeleton 'coc'"),
        (dict(skeleton='a.py'), "no skeleton 'a'"),
        (dict(skeleton=f'{MINE}+{MINE}'), 'takes one file at most'),
        (dict(like='distil_small'), 'close are distill_small'),
        (dict(like='teachers/entries'), 'a training config of a student'),
        (dict(like='sources/halpe'), 'a training config of a student'),
        (dict(like='mine.py'), 'mine.py is a file here'),
    ],
)
def test_mistakes(changes: dict, said: str) -> None:
    Path('mine.py').write_text('model = None')
    given = dict(folder=Path('my_pose'), skeleton='coco', teachers=['coco'], data=None, like='distill_small')
    with pytest.raises((ValueError, FileNotFoundError), match=said):
        write_project(**{**given, **changes})
    assert not Path('my_pose').exists()


def test_nothing_is_written_over() -> None:
    Path('my_pose').mkdir()
    Path('my_pose/data.py').write_text('mine')
    with pytest.raises(FileExistsError, match=r'my_pose has data\.py, and nothing is written over'):
        write_project(Path('my_pose'), 'coco', ['coco'], None, 'distill_small')
    assert [file.name for file in Path('my_pose').iterdir()] == ['data.py']
