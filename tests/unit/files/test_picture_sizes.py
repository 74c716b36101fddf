from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unipose.files import picture_sizes
from unipose.files.picture_sizes import outside, wrong_sizes

_ORIENTATION = 0x0112


def picture(path: Path, orientation: int = 1) -> str:
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    Image.new('RGB', (40, 30)).save(path, exif=exif)
    return str(path)


def test_sizes_are_as_one_sees_them(tmp_path: Path) -> None:
    paths = [picture(tmp_path / 'a.jpg'), picture(tmp_path / 'b.jpg', 6)]
    assert wrong_sizes(paths, np.array([[40, 30], [30, 40.0]])) == []
    turned, other = wrong_sizes(paths, np.array([[30, 40], [40.5, 30]]))
    assert turned == ('image-size', paths[0], '40x30, not 30x40, width and height swapped')
    assert other == ('image-size', paths[1], '30x40, not 40.5x30')


def test_nothing_is_said_of_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / 'text.jpg').write_text('no picture')
    paths = [str(tmp_path / name) for name in ('text.jpg', 'none.jpg')]
    assert wrong_sizes(paths, np.ones((2, 2))) == []


def test_what_counts_is_the_decoded_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_sizes, 'read_image_size', lambda path: (99, 99))
    assert wrong_sizes([picture(tmp_path / 'a.jpg')], np.array([[40, 30]])) == []


@pytest.mark.parametrize('box', [[-50, 0, -1, 9], [40, 0, 50, 9], [0, -9, 9, 0], [0, 30, 9, 39]])
def test_a_box_beside_its_picture_is_told(box: list[float]) -> None:
    corners = [float(value) for value in box]
    told = outside('annotation 7', np.array(box, np.float32), (40, 30))
    assert told == ('box-outside', 'annotation 7', f'box {corners} (x1, y1, x2, y2), image 40x30')
    assert outside('annotation 7', np.array([-50, -50, 1, 1]), (40, 30)) is None
