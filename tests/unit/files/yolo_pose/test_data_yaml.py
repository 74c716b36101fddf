"""data.yaml: what it says of labels and classes, and where images are."""

from pathlib import Path
from typing import Any

import pytest

from tests.yolo_files import data_yaml, picture
from unipose.files.yolo_pose import DataYaml


def read(folder: Path, **content: Any) -> DataYaml:
    return DataYaml.read(data_yaml(folder, **content))


def names_of(data: DataYaml, split: str = 'train') -> list[str]:
    root, images = data.images(split)
    return [image.relative_to(root).as_posix() for image in images]


@pytest.mark.parametrize(
    ('given', 'names'),
    [
        (dict(names={0: 'person', 1: 'horse'}), {0: 'person', 1: 'horse'}),
        (dict(names=['person', 'horse']), {0: 'person', 1: 'horse'}),
        (dict(names=None, nc=2), {0: 'class_0', 1: 'class_1'}),
        (dict(names='person'), {0: 'person'}),
    ],
)
def test_classes(tmp_path: Path, given: dict, names: dict) -> None:
    assert read(tmp_path, **given).names == names


def test_classes_are_chosen_by_name(tmp_path: Path) -> None:
    assert read(tmp_path, names={3: 'person'}).chosen(None) == [3]
    two = read(tmp_path, names=['person', 'horse'])
    assert two.chosen('horse') == two.chosen(['horse']) == [1]
    assert two.chosen(['horse', 'person']) == [0, 1]
    with pytest.raises(ValueError, match=r"has the classes \['person', 'horse'\]; say whom.*classes=\['person'\]"):
        two.chosen(None)
    with pytest.raises(ValueError, match=r"has no classes \['dog'\]; it has \['person', 'horse'\]"):
        two.chosen(['dog'])


@pytest.mark.parametrize(('shape', 'columns'), [([17, 3], 56), ([17, 2], 39)])
def test_columns(tmp_path: Path, shape: list[int], columns: int) -> None:
    assert read(tmp_path, kpt_shape=shape).columns == columns


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (dict(kpt_shape=None), 'has no kpt_shape, which .* pose dataset has'),
        (dict(kpt_shape=[17, 4]), r'kpt_shape must be .* Got: \[17, 4\]'),
        (dict(kpt_shape=17), 'kpt_shape must be .* Got: 17'),
        (dict(flip_idx=[[1, 2]]), r'flip_idx must be a list of numbers. Got: \[\[1, 2\]\]'),
        (dict(names={'person': 0}), 'names must be a list, or a mapping of class numbers'),
    ],
)
def test_files_of_something_else(tmp_path: Path, content: dict, message: str) -> None:
    with pytest.raises(ValueError, match=rf'data\.yaml:? {message}'):
        read(tmp_path, **content)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match='no file .*data.yaml'):
        DataYaml.read(tmp_path / 'data.yaml')
    (tmp_path / 'data.yaml').write_text('names: [')
    with pytest.raises(ValueError, match='is not YAML'):
        DataYaml.read(tmp_path / 'data.yaml')


def test_images_of_folders_come_in_order_from_all_depths(tmp_path: Path) -> None:
    for name in ('b.jpg', 'a.PNG', 'day 1/c.jpeg', '.hidden.jpg', 'notes.txt'):
        (tmp_path / 'images/train' / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'images/train' / name).touch()
    (tmp_path / 'images/more[1]').mkdir()
    (tmp_path / 'images/more[1]/d.jpg').touch()
    found = [f'images/train/{name}' for name in ('a.PNG', 'b.jpg', 'day 1/c.jpeg')]
    assert names_of(read(tmp_path)) == found
    both = read(tmp_path, train=['images/train', 'images/more[1]', 'images/train'])
    assert names_of(both) == ['images/more[1]/d.jpg', *found]


def test_images_of_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As CVAT (from the dataset), Ultralytics' own (./) and whoever stands elsewhere write them."""
    here = tmp_path / 'here'
    for image in ('mine/images/a.jpg', 'mine/lists/images/b.jpg', 'mine/images/c.jpg', 'here/images/d.jpg'):
        picture(tmp_path / image)
    lines = ['images/a.jpg', './images/b.jpg', f'{tmp_path}/mine/images/c.jpg', 'images/d.jpg', '', 'images/gone.jpg']
    data = read(tmp_path / 'mine', train='lists/train.txt')
    (tmp_path / 'mine/lists/train.txt').write_text('\ufeff' + '\n'.join(lines), encoding='utf-8')
    monkeypatch.chdir(here)
    root, images = data.images('train')
    assert root == tmp_path / 'mine'
    assert [image.relative_to(tmp_path).as_posix() for image in images] == [
        'here/images/d.jpg',
        'mine/images/a.jpg',
        'mine/images/c.jpg',
        'mine/lists/images/b.jpg',
        'mine/lists/images/gone.jpg',  # where it was to be
    ]


@pytest.mark.parametrize(
    ('yaml', 'path', 'train', 'images', 'root'),
    [
        ('mine', '.', 'images/train', 'mine/images/train', 'mine'),
        ('mine', None, 'images/train', 'mine/images/train', 'mine'),
        ('mine', '../other', 'images/train', 'other/images/train', 'other'),
        ('configs', 'other', 'images/train', 'other/images/train', 'other'),  # from where one stands
        ('mine', '/of/another/machine', 'images/train', 'mine/images/train', 'mine'),
        ('mine', None, '../train/images', 'mine/train/images', 'mine'),  # Roboflow's, unpacked into a folder of its own
    ],
)
def test_the_dataset_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, yaml: str, path: str, train: str, images: str, root: str
) -> None:
    picture(tmp_path / images / 'a.jpg')
    monkeypatch.chdir(tmp_path)
    data = read(tmp_path / yaml, path=path, train=train)
    assert data.images('train') == (tmp_path / root, [tmp_path / images / 'a.jpg'])


def test_splits_that_are_not_there(tmp_path: Path) -> None:
    data = read(tmp_path, val=None, validation='images/val')
    with pytest.raises(ValueError, match=r"has no split 'test'; it has \['train', 'val'\]"):
        data.images('test')
    with pytest.raises(FileNotFoundError, match=r"images of its val split, \['images/val'\], are not in any of .*path"):
        data.images('val')
    (tmp_path / 'images/val').mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match='no image in .*images/val, the val split of'):
        data.images('val')
