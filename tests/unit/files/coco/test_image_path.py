from pathlib import Path

import pytest

from unipose.files.coco.image_path import image_path
from unipose.files.coco.images import Images
from unipose.files.remark import Remark


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ('a.jpg', 'day 1/a.jpg', '50%.jpg'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ('name', 'found'),
    [
        ('a.jpg', 'a.jpg'),
        ('50%.jpg', '50%.jpg'),  # is there as it is written
        ('day 1\\a.jpg', 'day 1/a.jpg'),
        ('C:\\pictures\\day 1\\a.jpg', 'day 1/a.jpg'),
        ('day%201/a.jpg', 'day 1/a.jpg'),
        ('https://example.org/pictures/day%201/a.jpg?size=large', 'day 1/a.jpg'),
        ('/data/local-files/?d=pictures/day%201/a.jpg', 'day 1/a.jpg'),
        ('/home/somebody/a.jpg', 'a.jpg'),
        ('../elsewhere/a.jpg', 'a.jpg'),
        ('http://[', 'http://['),
        ('more\\b.jpg', 'more\\b.jpg'),
    ],
)
def test_a_file_is_found_by_the_end_of_its_name(folder: Path, name: str, found: str) -> None:
    assert Path(image_path(str(folder), name)) == folder / found


def test_two_images_are_not_found_in_one_file(folder: Path) -> None:
    remarks: list[Remark] = []
    images = Images(str(folder), lambda *remark: remarks.append(Remark(*remark)))
    for number, name in enumerate(('x\\a.jpg', 'y\\a.jpg', 'z\\50%.jpg')):
        images.add(dict(id=number, file_name=name, width=9, height=9))
    images.find()
    assert [Path(path).name for path in images.paths] == ['x\\a.jpg', 'y\\a.jpg', '50%.jpg']
    (remark,) = remarks
    assert remark.kind == 'image-name' and remark.where == 'image 2' and 'more' not in remark.what
